"""Books that assume-framework can express: one zone, one class, fixed hours, no alternatives."""

from random import Random
from typing import Any

from bench.auction import demand
from bench.auction.mix import TICK_MICROS, UNIT_GFLOPS, Size
from bench.auction.sites import Sites

BOOKS = (Size(100, 24, 300), Size(300, 24, 1_000), Size(1_000, 48, 3_000))
GFLOPS_PER_PFLOPS = 1_000_000


def onezone(size: Size, seed: int) -> dict[str, Any]:
    """Return the book: devices are A100s, blocks start at their earliest hour."""
    chance = Random(seed)
    sites = Sites(size, chance)
    orders = demand.orders(size, chance, sites.units)
    return {
        "auction": f"one zone {size.orders} {seed}",
        "hours": size.hours,
        "nodes": [{"node": "n"}],
        "offers": [_offer(row, sites) for row in sites.offers],
        "orders": [_order(row) for row in orders],
    }


def _offer(row: dict[str, Any], sites: Sites) -> dict[str, Any]:
    rate = sites.nodes[row["node"]]["gflops"]["TRAINING"] / UNIT_GFLOPS
    return {
        "offer": row["offer"], "seller": row["seller"], "node": "n",
        "first_hour": row["first_hour"], "hours": row["hours"],
        "devices": max(round(row["devices"] * rate), 1),
        "ask_micros": max(round(row["ask_micros"] / rate / TICK_MICROS), 5) * TICK_MICROS,
    }  # fmt: skip


def _order(row: dict[str, Any]) -> dict[str, Any]:
    bid = row["alternatives"][0]
    divisible = bid["kind"] == "DIVISIBLE"
    hours = bid["latest"] - bid["earliest"] if divisible else bid["hours"]
    yuan_ticks = bid["limit_micros"] * UNIT_GFLOPS / GFLOPS_PER_PFLOPS / TICK_MICROS
    return {
        "order": row["order"], "buyer": row["buyer"],
        "kind": "DIVISIBLE" if divisible else "BLOCK", "amount": bid["amount"] // UNIT_GFLOPS,
        "hours": hours, "earliest": bid["earliest"], "latest": bid["earliest"] + hours,
        "limit_micros": max(round(yuan_ticks), 1) * TICK_MICROS,
    }  # fmt: skip
