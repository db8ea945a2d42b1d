"""Textbook auctions worked by hand: the clearing finds the best, and the verifier finds nothing."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exchange.clearing.clearing import Config, clear
from exchange.verifying import verify

FOLDER = Path(__file__).parents[3] / "golden" / "auction"
VECTORS: dict[str, Any] = {
    f"{file.stem}: {vector['name']}": vector
    for file in sorted(FOLDER.glob("*.json"))
    for vector in json.loads(file.read_text())
}
FEW = Config(search_steps=2_000)


@cache
def cleared(name: str) -> Any:
    return json.loads(json.dumps(clear(VECTORS[name]["book"], FEW)))


@pytest.mark.parametrize("name", VECTORS)
def test_a_textbook_book_is_cleared_as_worked_by_hand(name: str) -> None:
    vector, outcome = VECTORS[name], cleared(name)
    expect = vector["expect"]

    assert verify(vector["book"], outcome) == []
    assert outcome["welfare_micros"] == expect["welfare_micros"], vector["why"]
    if expect["welfare_micros"]:
        executing = sorted(one["order"] for one in outcome["accepted"])
        assert executing in expect["executes"], vector["why"]


@pytest.mark.parametrize("name", [name for name in VECTORS if "prices" in VECTORS[name]["expect"]])
def test_prices_are_within_the_range_worked_by_hand(name: str) -> None:
    prices = cleared(name)["prices"]

    for node, hour, low, high in VECTORS[name]["expect"]["prices"]:
        assert low <= prices[node][hour] <= high


def dearer(said: Any, times: int) -> Any:
    """Return a book in which all money is so many times as much."""
    if isinstance(said, list):
        return [dearer(one, times) for one in said]
    if not isinstance(said, dict):
        return said
    return {name: _dearer(name, value, times) for name, value in said.items()}


def _dearer(name: str, value: Any, times: int) -> Any:
    if name == "steps":
        return [[price * times, count] for price, count in value]
    if "_micros" in name and isinstance(value, int):
        return value * times
    return dearer(value, times)


@pytest.mark.parametrize("name", VECTORS)
def test_where_all_money_is_three_times_as_much_so_is_the_outcome(name: str) -> None:
    expect = VECTORS[name]["expect"]
    highest = {"price_most_micros": 150_000_000}
    book = {**dearer(VECTORS[name]["book"], 3), **highest}

    outcome = clear(book, FEW)

    assert outcome["welfare_micros"] == 3 * expect["welfare_micros"]
    if expect["welfare_micros"]:
        assert sorted(one["order"] for one in outcome["accepted"]) in expect["executes"]
    for node, hour, low, high in expect.get("prices", ()):
        assert 3 * low <= outcome["prices"][node][hour] <= 3 * high
