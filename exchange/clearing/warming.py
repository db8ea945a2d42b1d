"""Compile the clearing's loops before anybody waits for them."""

from typing import Any

from exchange.clearing.clearing import Config, clear
from exchange.clearing.kernels import FOLDER
from exchange.clearing.kernels.cache import kept_in

FEW = Config(dual_steps=12, search_steps=400, attempts=4)
YUAN = 1_000_000
Json = dict[str, Any]


def warm() -> int:
    """Clear a book with every kind of row; return how many loops were compiled and kept for it."""
    before = kept_in(FOLDER)
    clear(every_kind(), FEW)
    return kept_in(FOLDER) - before


def every_kind() -> Json:
    """Return a book that takes the clearing through all of its loops."""
    return {
        "auction": "every kind",
        "hours": 6,
        "nodes": [_node("a", "east"), _node("b", "west")],
        "offers": [
            _offer(1, "a", 1, start_up_micros=YUAN),
            _offer(2, "a", 2, min_devices=3),
            _offer(3, "a", 2),
            _offer(4, "b", 1, min_sold_bp=5_000),
            _offer(5, "b", 3),
        ],
        "links": [
            {"link": number, "zone": zone, "city": "city", "gbps": 4, "price_micros_per_gb": 100,
             "price_micros_per_gbps_hour": YUAN // 10}
            for number, zone in ((1, "east"), (2, "west"))
        ],
        "orders": [{"order": number, **_order(number)} for number in range(1, 25)],
    }  # fmt: skip


def _node(name: str, zone: str) -> Json:
    return {
        "node": name, "zone": zone, "scale_up_gbs": 400, "devices_per_node": 2,
        "gflops": {"TRAINING": 500_000}, "rtt_us": {"city": 1_000},
    }  # fmt: skip


def _offer(number: int, node: str, ask: int, **more: int) -> Json:
    steps = [[ask * YUAN, 4], [(ask + 2) * YUAN, 4]]
    return {"offer": number, "node": node, "steps": steps, "pue_thousandths": 1_100, **more}


def _order(number: int) -> Json:
    """Return orders of each kind in turn, so many that they stand in each other's way."""
    bid = _bid(number)
    order: Json = {"alternatives": [bid, {**bid, "earliest": 2}] if number % 3 == 0 else [bid]}
    if number % 9 == 0:
        order["parent"] = number - 1
    if number % 8 == 0:
        order["budget_micros"] = 20 * YUAN
    return order


def _bid(number: int) -> Json:
    kind = ("DIVISIBLE", "BLOCK", "GANG", "PROFILE")[number % 4]
    bid: Json = {"kind": kind, "limit_micros": (2 + number % 5) * YUAN, "city": "city"}
    amount = 1 + number % 5
    if number % 7 == 0:
        bid["unit"], amount = "PFLOPS", amount * 400_000
    if kind == "PROFILE":
        bid["profile"] = [amount, 2 * amount, amount]
    elif number % 12 == 0:
        bid |= {"steps": [[bid.pop("limit_micros"), amount], [YUAN, amount]], "hours": 3}
    else:
        bid |= {"amount": amount, "hours": 3}
    if kind == "DIVISIBLE":
        bid["min_fill_bp"] = 5_000 * (number % 8 == 0)
    else:
        bid |= {"link_gbps": number % 3, "move_gb": 5}
    if number % 10 == 6:
        gang = kind == "GANG"
        bid["requires"] = {"max_pue_thousandths": 1_200} if gang else {"min_scale_up_gbs": 400}
    return bid
