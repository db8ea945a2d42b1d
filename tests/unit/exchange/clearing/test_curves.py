"""A curve's parts are credited together, the highest limit first, whichever brought the devices."""

from typing import Any

from exchange.clearing.clearing import Config, clear
from exchange.verifying import verify

FEW = Config(dual_steps=20, search_steps=200, attempts=2)


def book(hours: int, gflops: int, offers: list[tuple[int, int]], *orders: dict[str, Any]) -> Any:
    return {
        "auction": "curves",
        "hours": hours,
        "nodes": [{"node": "n", "devices_per_node": 4, "gflops": {"TRAINING": gflops}}],
        "offers": [
            {"offer": number, "node": "n", "ask_micros": ask, "devices": devices}
            for number, (ask, devices) in enumerate(offers)
        ],
        "orders": [
            {"order": number, "kind": "DIVISIBLE", "unit": "PFLOPS", **order}
            for number, order in enumerate(orders)
        ],
    }


def test_a_part_below_its_fill_is_not_served_by_what_a_lower_part_brought() -> None:
    steps = [[990_000, 1_000_000], [970_000, 1_750_000], [950_000, 1_500_000]]
    document = book(
        1,
        700_000,
        [(1_370_000, 1), (1_730_000, 4), (370_000, 3)],
        {"steps": steps, "min_fill_bp": 5_000},
    )

    assert verify(document, clear(document, FEW)) == []


def test_no_buyer_loses_by_value_that_a_part_without_devices_kept() -> None:
    first = [[3_150_000, 1_750_000], [3_130_000, 1_000_000]]
    second = [[2_510_000, 750_000], [2_490_000, 1_250_000], [2_470_000, 750_000]]
    document = book(
        3,
        300_000,
        [(1_470_000, 3), (1_590_000, 5), (500_000, 5)],
        {
            "steps": first, "earliest": 2, "hours": 1, "min_fill_bp": 5_000,
            "budget_micros": 8_000_000,
        },
        {"steps": second, "earliest": 1, "hours": 2, "min_fill_bp": 5_000},
    )  # fmt: skip

    assert verify(document, clear(document, FEW)) == []
