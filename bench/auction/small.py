"""Small books with every row and field that the format knows, for counting losses."""

from random import Random
from typing import Any

from bench.auction.mix import TICK_MICROS

ZONES, CITIES = ("r0", "r1"), ("c0", "c1")
KINDS = ("DIVISIBLE", "BLOCK", "GANG", "PROFILE")
RATES = (148_000, 312_000, 989_000)


def small(seed: int) -> dict[str, Any]:
    """Return a book of a few orders over a few hours."""
    chance = Random(seed)
    hours = chance.randint(1, 6)
    nodes = [_node(number, chance) for number in range(chance.randint(1, 4))]
    return {
        "auction": f"small {seed}",
        "hours": hours,
        "nodes": nodes,
        "offers": [_offer(number, nodes, hours, chance) for number in range(chance.randint(1, 8))],
        "links": [_link(number, hours, chance) for number in range(chance.randint(0, 4))],
        "orders": [_order(number, hours, chance) for number in range(chance.randint(1, 12))],
    }


def _node(number: int, chance: Random) -> dict[str, Any]:
    return {
        "node": f"n{number}", "zone": chance.choice(ZONES), "chip": f"k{number % 2}",
        "family": f"k{number % 2}", "memory_gb": chance.choice((40, 80)),
        "devices_per_node": chance.choice((0, 4)), "scale_up_gbs": chance.choice((0, 900)),
        "gflops": {"TRAINING": chance.choice(RATES)},
        "rtt_us": {city: chance.randint(1_000, 30_000) for city in CITIES},
    }  # fmt: skip


def _window(hours: int, chance: Random) -> dict[str, int]:
    first = chance.randrange(hours)
    return {"first_hour": first, "hours": chance.randint(1, hours - first)}


def _offer(number: int, nodes: list[dict[str, Any]], hours: int, chance: Random) -> dict[str, Any]:
    row = {
        "offer": number, "seller": number % 3, "node": chance.choice(nodes)["node"],
        "pue_thousandths": chance.choice((1_100, 1_300)),
        "carbon_g_per_kwh": chance.choice((0, 500)), **_window(hours, chance),
    }  # fmt: skip
    asks = sorted(chance.sample(range(20, 300), chance.randint(1, 3)))
    steps = [[ask * TICK_MICROS, chance.randint(1, 12)] for ask in asks]
    if len(steps) > 1:
        row["steps"] = steps
    else:
        row["ask_micros"], row["devices"] = steps[0]
    odd = chance.random()
    if odd < 0.15:
        row["min_devices"] = chance.randint(1, sum(devices for _, devices in steps))
    elif odd < 0.3:
        row["start_up_micros"] = chance.randrange(1, 40) * 1_000_000
    elif odd < 0.4:
        row["min_sold_bp"] = chance.choice((2_500, 5_000, 10_000))
    return row


def _link(number: int, hours: int, chance: Random) -> dict[str, Any]:
    return {
        "link": number, "carrier": number, "zone": chance.choice(ZONES),
        "city": chance.choice(CITIES), "gbps": chance.randint(1, 8),
        "price_micros_per_gbps_hour": chance.randrange(1, 30) * TICK_MICROS,
        "price_micros_per_gb": chance.randrange(0, 5_000), **_window(hours, chance),
    }  # fmt: skip


def _order(number: int, hours: int, chance: Random) -> dict[str, Any]:
    row: dict[str, Any] = {"order": number, "buyer": number % 5}
    row["alternatives"] = [_bid(hours, chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    if number and chance.random() < 0.2:
        row["parent"] = chance.randrange(number)
    if chance.random() < 0.2:
        row["budget_micros"] = chance.randint(1_000_000, 60_000_000)
    return row


def _bid(hours: int, chance: Random) -> dict[str, Any]:
    kind, pflops = chance.choice(KINDS), chance.random() < 0.4
    unit = 312_000 if pflops else 1
    first, length = chance.randrange(hours), 0
    length = chance.randint(1, hours - first)
    limit = chance.randrange(30, 400) * TICK_MICROS * (3 if pflops else 1)
    row: dict[str, Any] = {
        "kind": kind, "unit": "PFLOPS" if pflops else "DEVICES", "limit_micros": limit,
        "earliest": first, "latest": chance.randint(first + length, hours),
        "requires": _requires(kind, chance), "city": chance.choice(CITIES),
    }  # fmt: skip
    if kind == "PROFILE":
        row["profile"] = [chance.randint(1, 8) * unit for _ in range(length)]
    else:
        row["amount"], row["hours"] = chance.randint(1, 10) * unit, length
    if kind == "DIVISIBLE":
        row["min_fill_bp"] = chance.choice((0, 0, 5_000, 10_000))
    elif chance.random() < 0.3:
        row["link_gbps"], row["move_gb"] = chance.randint(1, 3), chance.randrange(100)
    return row


def _requires(kind: str, chance: Random) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if chance.random() < 0.3:
        row["min_memory_gb"] = 80
    if chance.random() < 0.2:
        row["min_scale_up_gbs"] = 900
    if chance.random() < 0.3:
        row["max_rtt_us"] = chance.randint(5_000, 30_000)
    if kind == "GANG" and chance.random() < 0.3:
        row["max_pue_thousandths"] = 1_200
    return row
