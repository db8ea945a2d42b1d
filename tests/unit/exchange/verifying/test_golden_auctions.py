"""Textbook auctions worked by hand: the enumeration and the verifier agree with each."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exchange.verifying import verify
from tests.golden.complete_auction import completed
from tests.golden.enumerate_auction import TICK, Enumeration, Solution

FOLDER = Path(__file__).parents[3] / "golden" / "auction"
VECTORS: dict[str, Any] = {
    f"{file.stem}: {vector['name']}": vector
    for file in sorted(FOLDER.glob("*.json"))
    for vector in json.loads(file.read_text())
}
PRICED = [name for name, vector in VECTORS.items() if "prices" in vector["expect"]]
every_vector = pytest.mark.parametrize("name", VECTORS)


@cache
def best_of(name: str) -> list[Solution]:
    return Enumeration(VECTORS[name]["book"]).best()


def as_worked(name: str) -> Solution:
    """Return the best acceptance that the vector works out, where several are as good."""
    expect = VECTORS[name]["expect"]
    return next(one for one in best_of(name) if executing(one) in expect["executes"])


def executing(solution: Solution) -> list[int]:
    return sorted(option.order for option in solution.options)


def test_there_are_at_least_sixty_vectors_with_a_name_of_their_own() -> None:
    assert len(VECTORS) >= 60
    assert all(vector["why"].endswith(".") for vector in VECTORS.values())


@every_vector
def test_no_acceptance_has_more_welfare_than_worked_out(name: str) -> None:
    expect = VECTORS[name]["expect"]

    assert {one.welfare for one in best_of(name)} == {expect["welfare_micros"]}
    sets = [executing(one) for one in best_of(name)]
    assert all(chosen in sets for chosen in expect["executes"])
    assert all(chosen in expect["executes"] for chosen in sets if expect["welfare_micros"])


@every_vector
def test_amounts_are_those_worked_out(name: str) -> None:
    expect, solution = VECTORS[name]["expect"], as_worked(name)

    got = {str(option.order): sum(option.cells.values()) for option in solution.options}
    sold: dict[str, int] = {}
    for load in solution.loads.values():
        for offer, devices in load.items():
            sold[str(offer)] = sold.get(str(offer), 0) + devices

    assert {order: got[order] for order in expect.get("devices", {})} == expect.get("devices", {})
    assert expect.get("sold", sold) == sold


@every_vector
def test_the_verifier_finds_nothing_in_the_best_acceptance(name: str) -> None:
    book = VECTORS[name]["book"]
    outcome = completed(book, as_worked(name))

    assert verify(book, outcome) == []
    told = {str(one["order"]): one for one in outcome["rejected"]}
    expect = VECTORS[name]["expect"]
    for order, reason in expect.get("rejected", {}).items():
        assert told[order]["reason"] == reason
    for order, lost in expect.get("lost_surplus_micros", {}).items():
        assert told[order]["lost_surplus_micros"] == lost


@pytest.mark.parametrize("name", PRICED)
def test_prices_hold_to_the_tick_within_the_range_worked_out(name: str) -> None:
    book, solution = VECTORS[name]["book"], as_worked(name)
    for node, hour, low, high in VECTORS[name]["expect"]["prices"]:
        for price, right in ((low, True), (high, True), (low - TICK, False), (high + TICK, False)):
            found = verify(book, completed(book, solution, {(node, hour): price}))
            codes = {finding.code for finding in found}
            assert (
                not codes if right else codes & {"SELLER_LOSS", "BUYER_LOSS", "BUDGET", "START_UP"}
            )


def test_the_example_of_the_documents_is_worked_as_it_says() -> None:
    book = json.loads((FOLDER.parents[2] / "docs" / "examples" / "auction.json").read_text())

    for best in Enumeration(book).best():
        assert best.welfare == 12_000_000
        assert {one.order: sum(one.cells.values()) for one in best.options} == {1: 3, 2: 1}
        for price, right in ((2, True), (3, True), (1.99, False), (3.01, False)):
            outcome = completed(book, best, {("n", 0): round(price * 1_000_000)})
            assert (verify(book, outcome) == []) is right
