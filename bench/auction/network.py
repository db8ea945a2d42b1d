"""The carriers' part of a book: links from every zone to every city, and orders that want them."""

from random import Random
from typing import Any

from bench.auction.mix import CITIES, TICK_MICROS

LINKED = 0.33  # of the orders that are all or none
CARRIERS = 7


def connect(orders: list[dict[str, Any]], chance: Random) -> None:
    """Let a third of the blocks and gangs ask for a link."""
    for order in orders:
        if chance.random() >= LINKED:
            continue
        for bid in order["alternatives"]:
            if bid["kind"] != "DIVISIBLE":
                bid["link_gbps"] = chance.choice((1, 2, 5, 10))
                bid["move_gb"] = chance.randrange(2_000)


def links(zones: list[str], orders: int, chance: Random) -> list[dict[str, Any]]:
    """Return one or two links on every arc, tight enough that some fill."""
    rows: list[dict[str, Any]] = []
    for zone in zones:
        for city in range(CITIES):
            for _ in range(chance.randrange(1, 3)):
                number = len(rows) + 1
                rows.append(
                    {
                        "link": number, "carrier": number % CARRIERS, "zone": zone,
                        "city": f"c{city}", "gbps": max(orders // 100, 10),
                        "price_micros_per_gbps_hour": chance.randrange(10, 60) * TICK_MICROS,
                        "price_micros_per_gb": chance.randrange(1_000, 9_000),
                    }
                )  # fmt: skip
    return rows
