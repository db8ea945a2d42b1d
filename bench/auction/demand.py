"""The demand of a book: orders by the mix, scaled to what is offered."""

from random import Random
from typing import Any

from bench.auction.mix import (
    CITIES,
    DEMAND_BP,
    FAMILIES,
    HOURS,
    KINDS,
    MEMORY_GB,
    RTT_US,
    SLACK_HOURS,
    TIERS,
    TIERS_GBPS,
    UNIT_GFLOPS,
    Size,
    clipped,
    drawn,
)

MOST_GANG_SCALE = 1.5  # gangs stand on one offer: scaled as far as others they would fit nowhere


def orders(size: Size, chance: Random, offered_units: float) -> list[dict[str, Any]]:
    """Return the orders; the first alternatives together ask for 1.15 times what is offered."""
    rows = [_order(number, size.hours, chance) for number in range(1, size.orders + 1)]
    firsts = [row["alternatives"][0] for row in rows]
    asked = sum(bid["amount"] * bid["hours"] for bid in firsts)
    scale = offered_units * DEMAND_BP / 10_000 / asked
    for row in rows:
        for bid in row["alternatives"]:
            factor = min(scale, MOST_GANG_SCALE) if bid["kind"] == "GANG" else scale
            bid["amount"] = max(round(bid["amount"] * factor), 1) * UNIT_GFLOPS
    return rows


def _order(number: int, hours: int, chance: Random) -> dict[str, Any]:
    kind = drawn(chance, KINDS)
    requires, premium = _requires(chance)
    worth = chance.lognormvariate(0.1989, 0.38) * premium * (1.12 if kind == "GANG" else 1)
    shared: dict[str, Any] = {"requires": requires, "city": f"c{chance.randrange(CITIES)}"}
    rtt_us = drawn(chance, RTT_US)
    if rtt_us:
        requires["max_rtt_us"] = rtt_us
    count = chance.randrange(2, 4) if kind == "GROUP" else 1
    bids = [{**_bid(kind, worth, hours, chance), **shared} for _ in range(count)]
    return {"order": number, "buyer": number, "alternatives": bids}


def _requires(chance: Random) -> tuple[dict[str, Any], float]:
    """Return conditions, and how much more an order with them is worth."""
    memory, tier = drawn(chance, MEMORY_GB), drawn(chance, TIERS)
    requires: dict[str, Any] = {}
    if memory:
        requires["min_memory_gb"] = memory
    if tier:
        requires["min_scale_out_gbps"] = TIERS_GBPS[tier]
    if chance.random() < 0.25:
        names = [family.name for family in FAMILIES]
        requires["families_allowed"] = chance.sample(names, chance.randrange(1, 4))
    return requires, 1 + 0.075 * tier + 0.0006 * memory


def _bid(kind: str, worth: float, hours: int, chance: Random) -> dict[str, Any]:
    """Return an alternative; its amount is in A100s until it is scaled."""
    length = drawn(chance, {one: weight for one, weight in HOURS.items() if one <= hours})
    width = min(length + drawn(chance, SLACK_HOURS), hours)
    first = chance.randrange(0, hours - width + 1)
    if chance.random() < 0.5:  # days begin in the morning
        first = min(first // 24 * 24 + clipped(chance.gauss(10, 3), 0, 23), hours - width)
    mean, spread, most = (3.689, 0.9, 600) if kind == "GANG" else (4.094, 1.1, 3_000)
    yuan = worth * chance.lognormvariate(0, 0.05)
    bid = {
        "kind": "BLOCK" if kind == "GROUP" else kind,
        "unit": "PFLOPS",
        "amount": clipped(chance.lognormvariate(mean, spread), 2, most),
        "hours": length,
        "earliest": first,
        "latest": first + width,
        "limit_micros": round(yuan * 1e6 * 1_000_000 / UNIT_GFLOPS),
    }
    if kind == "DIVISIBLE":
        bid["min_fill_bp"] = chance.choice((0, 1_000, 2_500, 5_000))
    return bid
