"""Books of surplus computing power, from a seed: listings of sites, orders of their buyers.

The mix: 38 of 100 orders divisible, 32 blocks, 20 gangs, 10 exclusive groups of blocks; demand
is 1.15 times capacity.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

TICK = 10_000
UNIT_GFLOPS = 312_000  # an A100 in half precision: what an hour is priced by
REGIONS, CITIES = 10, 12
TIERS_GBPS = (25, 100, 400)
# family, dense TFLOPS, memory, yuan for an A100's worth of an hour, share of sites
FAMILIES = (
    ("H100", 989, 80, 1.00, 6),
    ("H20", 148, 96, 1.25, 10),
    ("A100-80", 312, 80, 1.05, 14),
    ("A100-40", 312, 40, 0.95, 8),
    ("L40S", 362, 48, 0.85, 10),
    ("RTX4090", 165, 24, 0.70, 14),
    ("910B", 320, 64, 0.80, 18),
    ("910C", 780, 128, 0.90, 6),
    ("MI300X", 1307, 192, 0.95, 4),
    ("MLU590", 314, 80, 0.80, 10),
)
MEMORY = ((0, 30), (24, 20), (40, 15), (64, 12), (80, 15), (96, 5), (128, 3))
LENGTHS = (
    (1, 6), (2, 8), (3, 6), (4, 10), (6, 10), (8, 14),
    (12, 14), (16, 8), (24, 12), (36, 5), (48, 5), (72, 3),
)  # fmt: skip
SLACK = ((0, 15), (2, 20), (6, 25), (12, 20), (24, 12), (48, 8))


@dataclass(frozen=True)
class Size:
    """How large a book is."""

    sites: int
    hours: int
    orders: int


SIZES = {"S": Size(100, 24, 300), "M": Size(1000, 48, 3000), "L": Size(7000, 168, 20000)}


def _drawn(chance: Random, table: tuple[tuple[Any, ...], ...]) -> Any:
    return chance.choices([row[0] for row in table], [row[-1] for row in table])[0]


class Generator:
    """Makes one book; the same for the same size, seed and network."""

    def __init__(self, size: Size, seed: int, *, network: bool) -> None:
        self._size = size
        self._chance = Random(seed)
        self._network = network
        spots = [self._spot() for _ in range(REGIONS + CITIES)]
        self._rtt = [
            [round(2000 + 14 * _distance(region, city)) for city in spots[REGIONS:]]
            for region in spots[:REGIONS]
        ]
        self._nodes: dict[str, dict[str, Any]] = {}
        self._offers: list[dict[str, Any]] = []

    def _spot(self) -> tuple[float, float]:
        return self._chance.uniform(0, 2500), self._chance.uniform(0, 2500)

    def book(self) -> dict[str, Any]:
        """Return the book as its JSON has it."""
        weights = [self._chance.gammavariate(6.0, 1.0) for _ in range(REGIONS)]
        for site in range(self._size.sites):
            self._list(site, self._chance.choices(range(REGIONS), weights)[0])
        orders = [self._order(number) for number in range(self._size.orders)]
        self._tighten(orders)
        links = self._links(orders) if self._network else []
        return {
            "auction": f"bench-{self._size.orders}",
            "hours": self._size.hours,
            "nodes": list(self._nodes.values()),
            "offers": self._offers,
            "links": links,
            "orders": orders,
        }

    def _node(self, family: str, tflops: int, memory: int, tier: int, region: int) -> str:
        code = f"{family}-{TIERS_GBPS[tier]}-r{region}"
        self._nodes.setdefault(
            code,
            {
                "node": code, "class": f"{family}-{TIERS_GBPS[tier]}", "zone": f"r{region}",
                "firmness": "FIRM", "chip": family, "family": family, "memory_gb": memory,
                "scale_out_gbps": TIERS_GBPS[tier], "gflops": {"TRAINING": tflops * 1000},
                "rtt_us": {f"c{city}": self._rtt[region][city] for city in range(CITIES)},
            },
        )  # fmt: skip
        return code

    def _list(self, site: int, region: int) -> None:
        chance, hours = self._chance, self._size.hours
        number = chance.choices(range(len(FAMILIES)), [row[-1] for row in FAMILIES])[0]
        family, tflops, memory, base, _ = FAMILIES[number]
        shares = (8, 2, 0) if family == "RTX4090" else (35, 40, 25)
        tier = chance.choices(range(3), shares)[0]
        devices = min(max(8 * round(chance.lognormvariate(4.564, 1.0) / 8), 8), 4096)
        pue = 1.1 + 0.4 * chance.betavariate(2, 4)
        worth = base * (0.75 + 0.5 * chance.betavariate(2, 2)) * (1 + 0.06 * tier)
        ask = worth * (0.8 + 0.2 * pue / 1.2) * tflops / 312
        node = self._node(family, tflops, memory, tier, region)
        for first, end in self._spells(hours):
            self._offers.append(
                {
                    "offer": len(self._offers) + 1, "seller": site, "node": node,
                    "site": f"s{site}", "first_hour": first, "hours": end - first,
                    "devices": devices, "ask_micros": max(round(ask * 100), 5) * TICK,
                    "pue_thousandths": round(pue * 1000),
                }
            )  # fmt: skip

    def _spells(self, hours: int) -> list[tuple[int, int]]:
        chance, kind = self._chance, self._chance.random()
        if kind < 0.45:
            return [(0, hours)]
        if kind < 0.80:  # nights
            start, end = chance.randrange(18, 23), chance.randrange(6, 10)
            nights = [(24 * day + start, 24 * day + 24 + end) for day in range(hours // 24)]
            return [(0, end), *((first, min(last, hours)) for first, last in nights)]
        start = chance.randrange(0, hours * 2 // 3)
        return [(start, chance.randrange(start + 4, hours + 1))]

    def _order(self, number: int) -> dict[str, Any]:
        chance = self._chance
        kind = chance.choices(("DIVISIBLE", "BLOCK", "GANG", "GROUP"), (38, 32, 20, 10))[0]
        requires, premium = self._requirement()
        worth = chance.lognormvariate(0.1989, 0.38) * premium * (1.12 if kind == "GANG" else 1)
        city = f"c{chance.randrange(CITIES)}"
        rtt = chance.choices((None, 40_000, 20_000, 12_000), (45, 25, 18, 12))[0]
        if rtt:
            requires["max_rtt_us"] = rtt
        count = chance.randrange(2, 4) if kind == "GROUP" else 1
        bids = [self._bid(kind, worth, requires, city) for _ in range(count)]
        return {"order": number + 1, "buyer": number + 1, "alternatives": bids}

    def _requirement(self) -> tuple[dict[str, Any], float]:
        chance = self._chance
        memory = _drawn(chance, MEMORY)
        tier = chance.choices(range(3), (55, 30, 15))[0]
        requires: dict[str, Any] = {}
        if memory:
            requires["min_memory_gb"] = memory
        if tier:
            requires["min_scale_out_gbps"] = TIERS_GBPS[tier]
        if chance.random() < 0.25:
            chosen = chance.sample([row[0] for row in FAMILIES], chance.randrange(1, 4))
            requires["families_allowed"] = chosen
        return requires, 1 + 0.075 * tier + 0.0006 * memory

    def _bid(self, kind: str, worth: float, requires: dict[str, Any], city: str) -> dict[str, Any]:
        chance, most = self._chance, self._size.hours
        length = _drawn(chance, tuple(row for row in LENGTHS if row[0] <= most))
        width = min(length + _drawn(chance, SLACK), most)
        first = chance.randrange(0, most - width + 1)
        if chance.random() < 0.5:  # days begin in the morning
            first = min(
                first // 24 * 24 + min(max(round(chance.gauss(10, 3)), 0), 23), most - width
            )
        bell = (3.689, 0.9, 600) if kind == "GANG" else (4.094, 1.1, 3000)
        units = min(max(round(chance.lognormvariate(*bell[:2])), 2), bell[2])
        yuan = worth * chance.lognormvariate(0, 0.05)
        bid = {
            "kind": "BLOCK" if kind == "GROUP" else kind, "unit": "PFLOPS", "amount": units,
            "hours": length, "earliest": first, "latest": first + width,
            "limit_micros": round(yuan * 1e6 * 1_000_000 / UNIT_GFLOPS),
            "requires": requires, "city": city,
        }  # fmt: skip
        if kind == "DIVISIBLE":
            bid["min_fill_bp"] = chance.choice((0, 1000, 2500, 5000))
        return bid

    def _tighten(self, orders: list[dict[str, Any]]) -> None:
        """Scale demand to 1.15 times what is offered."""
        rates = {code: node["gflops"]["TRAINING"] for code, node in self._nodes.items()}
        offered = sum(row["devices"] * row["hours"] * rates[row["node"]] for row in self._offers)
        bids = [order["alternatives"][0] for order in orders]
        asked = sum(bid["amount"] * bid["hours"] for bid in bids) * UNIT_GFLOPS
        scale = 1.15 * offered / asked
        for order in orders:
            for bid in order["alternatives"]:
                factor = min(scale, 1.5) if bid["kind"] == "GANG" else scale
                bid["amount"] = max(round(bid["amount"] * factor), 1) * UNIT_GFLOPS

    def _links(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Let a third of the blocks ask for a link, and offer one or two on every arc."""
        chance, links = self._chance, list[dict[str, Any]]()
        for order in orders:
            asks = chance.random() < 0.33
            for bid in order["alternatives"] if asks else ():
                if bid["kind"] != "DIVISIBLE":
                    bid.update(
                        link_gbps=chance.choice((1, 2, 5, 10)), move_gb=chance.randrange(2000)
                    )
        for zone in sorted({node["zone"] for node in self._nodes.values()}):
            for city in range(CITIES):
                for _ in range(chance.randrange(1, 3)):
                    links.append(
                        {
                            "link": len(links) + 1, "carrier": 1 + len(links) % 7, "zone": zone,
                            "city": f"c{city}", "gbps": max(self._size.orders // 100, 10),
                            "price_micros_per_gbps_hour": chance.randrange(10, 60) * TICK,
                            "price_micros_per_gb": chance.randrange(1000, 9000),
                        }
                    )  # fmt: skip
        return links


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5


def generate(size: str, seed: int = 1, *, network: bool = False) -> dict[str, Any]:
    """Return the book of a size and seed."""
    return Generator(SIZES[size], seed, network=network).book()
