"""Laws of the call auction on any small book: the verifier, written apart, never finds anything."""

import json
from random import Random
from typing import Any

import numba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.clearing.clearing import CONFIGS, METHODS, Config, Method, clear
from exchange.verifying import verify

Json = dict[str, Any]
FEW = Config(dual_steps=20, search_steps=200, attempts=2)
YUAN = 1_000_000
asks = st.integers(1, 600).map(lambda ticks: ticks * 10_000)


@st.composite
def nodes(draw: st.DrawFn) -> list[Json]:
    return [
        {
            "node": f"n{number}",
            "zone": draw(st.sampled_from(["east", "west"])),
            "family": draw(st.sampled_from(["NVIDIA", "ASCEND"])),
            "devices_per_node": draw(st.sampled_from([0, 2, 4])),
            "scale_up_gbs": draw(st.sampled_from([0, 400])),
            "gflops": {"TRAINING": draw(st.sampled_from([300_000, 700_000, 1_000_000]))},
        }
        for number in range(draw(st.integers(1, 3)))
    ]


@st.composite
def offers(draw: st.DrawFn, hours: int, count: int) -> list[Json]:
    rows = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, hours - 1))
        steps = sorted(draw(st.lists(asks, min_size=1, max_size=3, unique=True)))
        row: Json = {
            "offer": number,
            "seller": draw(st.integers(1, 3)),
            "node": f"n{draw(st.integers(0, count - 1))}",
            "first_hour": first,
            "hours": draw(st.integers(1, hours - first)),
            "steps": [[ask, draw(st.integers(1, 8))] for ask in steps],
            "pue_thousandths": draw(st.sampled_from([1100, 1100, 1400])),
            "min_devices": draw(st.sampled_from([1, 1, 1, 3])),
        }
        if draw(st.integers(0, 3)) == 0:
            row["start_up_micros"] = draw(st.integers(0, 20)) * YUAN
            row["min_sold_bp"] = draw(st.sampled_from([0, 5_000]))
        rows.append(row)
    return rows


@st.composite
def links(draw: st.DrawFn, hours: int) -> list[Json]:
    return [
        {
            "link": number,
            "zone": draw(st.sampled_from(["east", "west"])),
            "city": "city",
            "gbps": draw(st.integers(1, 20)),
            "price_micros_per_gbps_hour": draw(st.integers(0, 300_000)),
            "price_micros_per_gb": draw(st.integers(0, 20_000)),
        }
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def bids(draw: st.DrawFn, hours: int) -> Json:
    kind = draw(st.sampled_from(["DIVISIBLE", "DIVISIBLE", "BLOCK", "GANG", "PROFILE"]))
    earliest = draw(st.integers(0, hours - 1))
    latest = draw(st.integers(earliest + 1, hours))
    pflops = draw(st.booleans())
    scale = 250_000 if pflops else 1
    bid: Json = {"kind": kind, "earliest": earliest, "latest": latest}
    if pflops:
        bid["unit"] = "PFLOPS"
    if kind == "PROFILE":
        amounts = st.integers(0, 5).map(lambda amount: amount * scale)
        bid["profile"] = draw(st.lists(amounts, min_size=1, max_size=latest - earliest).filter(any))
    else:
        bid["hours"] = draw(st.integers(1, latest - earliest))
        bid["amount"] = draw(st.integers(1, 9)) * scale
    bid["limit_micros"] = draw(asks)
    if kind == "DIVISIBLE":
        bid["min_fill_bp"] = draw(st.sampled_from([0, 0, 5_000, 10_000]))
        if draw(st.integers(0, 3)) == 0:
            limit, amount = bid.pop("limit_micros"), bid.pop("amount")
            bid["steps"] = [[limit + 20_000, amount], [limit, scale]]
    elif draw(st.integers(0, 3)) == 0:
        bid |= {"city": "city", "link_gbps": draw(st.integers(0, 6)), "move_gb": 3}
    if draw(st.integers(0, 3)) == 0:
        bid["requires"] = {"min_scale_up_gbs": draw(st.sampled_from([0, 300]))}
        if kind == "GANG":
            bid["requires"]["max_pue_thousandths"] = 1200
    return bid


@st.composite
def orders(draw: st.DrawFn, hours: int) -> list[Json]:
    rows: list[Json] = []
    for number in range(draw(st.integers(0, 7))):
        ways = draw(st.lists(bids(hours), min_size=1, max_size=2))
        row: Json = {"order": number, "buyer": number % 3, "alternatives": ways}
        if number and draw(st.integers(0, 4)) == 0:
            row["parent"] = draw(st.integers(0, number - 1))
        if draw(st.integers(0, 4)) == 0:
            row["budget_micros"] = draw(st.integers(1, 100)) * YUAN
        rows.append(row)
    return rows


@st.composite
def books(draw: st.DrawFn) -> Json:
    hours, there = draw(st.integers(1, 5)), draw(nodes())
    return {
        "auction": "any",
        "hours": hours,
        "nodes": there,
        "offers": draw(offers(hours, len(there))),
        "links": draw(links(hours)),
        "orders": draw(orders(hours)),
    }


def as_published(outcome: Json) -> Any:
    return json.loads(json.dumps(outcome))


@settings(deadline=None)
@given(book=books())
def test_nobody_loses_nothing_is_oversold_and_every_figure_is_right(book: Json) -> None:
    assert verify(book, as_published(clear(book, FEW))) == []


@settings(deadline=None, max_examples=20)
@given(book=books(), method=st.sampled_from(METHODS))
def test_every_fall_back_keeps_the_same_rules(book: Json, method: Method) -> None:
    outcome = clear(book, CONFIGS[method]._replace(search_steps=200, attempts=1))

    assert verify(book, as_published(outcome)) == []


@settings(deadline=None, max_examples=20)
@given(book=books(), chance=st.integers(0, 1_000))
def test_the_order_of_rows_says_nothing(book: Json, chance: int) -> None:
    shuffled = {
        name: Random(chance).sample(rows, len(rows)) if isinstance(rows, list) else rows
        for name, rows in book.items()
    }
    ours, theirs = clear(book, FEW), clear(shuffled, FEW)

    assert {**ours, "hashes": None} == {**theirs, "hashes": None}


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one processor")
@settings(deadline=None, max_examples=10)
@given(book=books())
def test_the_number_of_threads_says_nothing(book: Json) -> None:
    alone, before = {}, numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            alone[threads] = clear(book, FEW)
    finally:
        numba.set_num_threads(before)

    assert alone[1] == alone[2]


@settings(deadline=None, max_examples=20)
@given(book=books(), amount=st.integers(1, 9))
def test_an_order_that_meets_no_ask_changes_nothing(book: Json, amount: int) -> None:
    # Asks begin at a tick, so that nothing is below them.
    asked = [
        {**one, "steps": [[ask + 10_000, n] for ask, n in one["steps"]]} for one in book["offers"]
    ]
    book = {**book, "offers": asked}
    poor = {"order": 99, "kind": "BLOCK", "amount": amount, "limit_micros": 10_000, "hours": 1}
    alone, together = clear(book, FEW), clear({**book, "orders": [*book["orders"], poor]}, FEW)

    for field in ("prices", "link_prices", "duals", "accepted", "welfare_micros", "closed_offers"):
        assert alone[field] == together[field]
    assert [row for row in together["rejected"] if row["order"] != 99] == alone["rejected"]


def test_progress_is_told_by_phase() -> None:
    told: list[tuple[str, float]] = []
    book = {"auction": "a", "hours": 1, "nodes": [{"node": "n"}]}

    clear(book, FEW, lambda phase, share: told.append((phase, share)))

    phases = [phase for phase, _ in told]
    assert phases[0] == "checking"
    assert phases[-1] == "outcome"
    assert all(0 <= share <= 1 for _, share in told)
