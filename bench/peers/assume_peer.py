"""Runs in an environment of its own: complex_clearing of assume-framework on a one-zone book.

Reads the path of a book a line; answers with seconds, welfare and how many blocks it took.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# On import it writes a log where it stands.
os.chdir(sys.prefix)

from assume.markets.clearing_algorithms.complex_clearing import (  # type: ignore[import-not-found]  # noqa: E402
    ComplexClearingRole,
)

MICROS = 1_000_000
EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001 -- its own orders carry no zone either
FIELDS = ["bid_type", "min_acceptance_ratio", "node"]


def role() -> Any:
    """Return its clearing, told as little as it needs."""
    made = object.__new__(ComplexClearingRole)
    made.marketconfig = SimpleNamespace(
        param_dict={}, additional_fields=FIELDS, market_id="m", maximum_bid_volume=1e12
    )
    made.solver, made.solver_options = "appsi_highs", {}
    made.nodes, made.zones_id = ["node0"], None
    made.incidence_matrix = made.lines = None
    made.log_flows, made.pricing_mechanism = False, "pay_as_clear"
    return made


def order(name: str, first: int, end: int, volume: Any, micros: int, ratio: int | None) -> Any:
    """Return one of its orders; what is bought is negative."""
    return {
        "bid_id": name,
        "start_time": EPOCH + timedelta(hours=first),
        "end_time": EPOCH + timedelta(hours=end),
        "only_hours": None,
        "volume": volume,
        "price": micros / MICROS,
        "bid_type": "BB" if ratio else "SB",
        "node": "node0",
        "min_acceptance_ratio": ratio,
    }


def orders_of(book: dict[str, Any]) -> list[Any]:
    """Say the book in its orders: offers of one ask together, divisible orders hour by hour."""
    sold: dict[tuple[int, int], int] = {}
    for offer in book["offers"]:
        for hour in range(offer["first_hour"], offer["first_hour"] + offer["hours"]):
            key = (hour, offer["ask_micros"])
            sold[key] = sold.get(key, 0) + offer["devices"]
    rows = [
        order(f"s{hour}_{ask}", hour, hour + 1, float(devices), ask, None)
        for (hour, ask), devices in sorted(sold.items())
    ]
    for bid in book["orders"]:
        first, end, amount = bid["earliest"], bid["latest"], -float(bid["amount"])
        if bid["kind"] == "BLOCK":
            volume = {EPOCH + timedelta(hours=hour): amount for hour in range(first, end)}
            rows.append(order(f"b{bid['order']}", first, end, volume, bid["limit_micros"], 1))
        else:
            rows += [
                order(f"d{bid['order']}_{hour}", hour, hour + 1, amount, bid["limit_micros"], None)
                for hour in range(first, end)
            ]
    return rows


def clear(path: str) -> dict[str, Any]:
    """Clear the book; welfare is what it accepted, at its own prices of orders."""
    book = json.loads(Path(path).read_text())
    rows = orders_of(book)
    hours = [EPOCH + timedelta(hours=hour) for hour in range(book["hours"] + 1)]
    products = [(*pair, None) for pair in pairwise(hours)]
    begun, busy = time.perf_counter(), time.process_time()
    accepted, *_ = role().clear(rows, products)
    times = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - busy}
    yuan, blocks = 0.0, 0
    for one in accepted:
        volume = one["accepted_volume"]
        yuan -= one["price"] * (sum(volume.values()) if isinstance(volume, dict) else volume)
        blocks += one["bid_type"] == "BB"
    return {**times, "welfare_yuan": yuan, "blocks": blocks, "orders": len(rows)}


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    print(json.dumps(clear(json.loads(line)["book"])), flush=True)
