"""The supply of a book: nodes where sites stand, and what the sites offer."""

from math import hypot
from random import Random
from typing import Any

from bench.auction.mix import (
    CITIES,
    FAMILIES,
    REGIONS,
    TICK_MICROS,
    TIERS_GBPS,
    UNIT_GFLOPS,
    Family,
    Size,
    clipped,
)

Spot = tuple[float, float]


class Sites:
    """Draws sites one after the other; nodes come as they are needed."""

    def __init__(self, size: Size, chance: Random) -> None:
        self._hours, self._chance = size.hours, chance
        spots = [self._spot() for _ in range(REGIONS + CITIES)]
        self._rtt_us = [
            {f"c{city}": _rtt_us(region, spots[REGIONS + city]) for city in range(CITIES)}
            for region in spots[:REGIONS]
        ]
        self.nodes: dict[str, dict[str, Any]] = {}
        self.offers: list[dict[str, Any]] = []
        weights = [chance.gammavariate(6.0, 1.0) for _ in range(REGIONS)]
        for site in range(size.sites):
            self._stand(site, chance.choices(range(REGIONS), weights)[0])

    @property
    def units(self) -> float:
        """Return all that is offered, in A100 hours."""
        rates = {code: node["gflops"]["TRAINING"] for code, node in self.nodes.items()}
        offered = sum(row["devices"] * row["hours"] * rates[row["node"]] for row in self.offers)
        return float(offered / UNIT_GFLOPS)

    def _spot(self) -> Spot:
        return self._chance.uniform(0, 2500), self._chance.uniform(0, 2500)

    def _stand(self, site: int, region: int) -> None:
        chance = self._chance
        family = chance.choices(FAMILIES, [one.weight for one in FAMILIES])[0]
        shares = (8, 2, 0) if family.name == "RTX4090" else (35, 40, 25)
        tier = chance.choices(range(3), shares)[0]
        devices = 8 * clipped(chance.lognormvariate(4.564, 1.0) / 8, 1, 512)
        pue = 1.1 + 0.4 * chance.betavariate(2, 4)
        worth = family.worth * (0.75 + 0.5 * chance.betavariate(2, 2)) * (1 + 0.06 * tier)
        yuan = worth * (0.8 + 0.2 * pue / 1.2) * family.tflops * 1_000 / UNIT_GFLOPS
        node = self._node(family, tier, region)
        for first, end in self._spells():
            self.offers.append(
                {
                    "offer": len(self.offers) + 1, "seller": site, "site": f"s{site}",
                    "node": node, "first_hour": first, "hours": end - first, "devices": devices,
                    "ask_micros": max(round(yuan * 100), 5) * TICK_MICROS,
                    "pue_thousandths": round(pue * 1_000),
                }
            )  # fmt: skip

    def _node(self, family: Family, tier: int, region: int) -> str:
        class_ = f"{family.name}-{TIERS_GBPS[tier]}"
        code = f"{class_}-r{region}"
        self.nodes.setdefault(
            code,
            {
                "node": code, "class": class_, "zone": f"r{region}", "firmness": "FIRM",
                "chip": family.name, "family": family.name, "memory_gb": family.memory_gb,
                "scale_out_gbps": TIERS_GBPS[tier],
                "gflops": {"TRAINING": family.tflops * 1_000}, "rtt_us": self._rtt_us[region],
            },
        )  # fmt: skip
        return code

    def _spells(self) -> list[tuple[int, int]]:
        """Return when a site offers: always, by night, or once."""
        chance, hours = self._chance, self._hours
        kind = chance.random()
        if kind < 0.45:
            return [(0, hours)]
        if kind < 0.80:
            dusk, dawn = chance.randrange(18, 23), chance.randrange(6, 10)
            nights = [(24 * day + dusk, 24 * day + 24 + dawn) for day in range(hours // 24)]
            return [(0, dawn), *((first, min(end, hours)) for first, end in nights)]
        first = chance.randrange(0, hours * 2 // 3)
        return [(first, chance.randrange(first + 4, hours + 1))]


def _rtt_us(one: Spot, other: Spot) -> int:
    return round(2_000 + 14 * hypot(one[0] - other[0], one[1] - other[1]))
