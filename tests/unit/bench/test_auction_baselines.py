"""The naive auction and the plain MILP, on books worked by hand."""

from typing import Any

import highspy
import numpy as np
import pytest

from bench.auction.generator import generate
from bench.auction.greedy import greedy
from bench.auction.mix import Size
from bench.auction.model import Program, program_of
from exchange.verifying.reading import read_book

YUAN = 1_000_000


def _book(offers: list[dict[str, Any]], orders: list[dict[str, Any]], hours: int = 1) -> Any:
    nodes = [{"node": "n"}, {"node": "m"}]
    return read_book(
        {"auction": "t", "hours": hours, "nodes": nodes, "offers": offers, "orders": orders}
    )


def _offer(number: int, ask: int, devices: int, node: str = "n") -> dict[str, Any]:
    return {"offer": number, "node": node, "devices": devices, "ask_micros": ask * YUAN}


def _order(number: int, kind: str, amount: int, limit: int, **more: Any) -> dict[str, Any]:
    return {
        "order": number, "kind": kind, "amount": amount, "limit_micros": limit * YUAN, **more
    }  # fmt: skip


def _solved(program: Program) -> float:
    solver = highspy.Highs()
    solver.silent()
    columns = [
        solver.addVariable(0, upper, yuan) if not whole else solver.addBinary(yuan)
        for upper, yuan, whole in zip(program.upper, program.yuan, program.whole, strict=True)
    ]
    for row, most in enumerate(program.most):
        terms = np.flatnonzero(program.row == row)
        if len(terms):
            total = sum(columns[program.column[at]] * program.value[at] for at in terms)
            solver.addConstr(total <= most)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    solver.run()
    return float(solver.getInfo().objective_function_value)


def test_the_naive_auction_takes_the_highest_limit_and_the_cheapest_offer_first() -> None:
    book = _book(
        [_offer(1, 1, 2), _offer(2, 2, 2)],
        [_order(1, "DIVISIBLE", 3, 3), _order(2, "DIVISIBLE", 2, 5)],
    )
    naive = greedy(book)

    # Two at 5 - 1, two at 3 - 2; the third of order 1 finds nothing.
    assert naive.welfare_micros() == (4 + 4 + 1 + 1) * YUAN
    assert naive.served == {1, 2}


def test_the_naive_auction_lets_a_high_limit_push_out_what_is_worth_more() -> None:
    book = _book(
        [_offer(1, 1, 4)],
        [_order(1, "BLOCK", 2, 9, hours=1), _order(2, "BLOCK", 4, 8, hours=1)],
    )

    assert greedy(book).welfare_micros() == 2 * 8 * YUAN
    assert _solved(program_of(book)) == pytest.approx(4 * 7)


def test_a_gang_stands_on_one_offer_in_both() -> None:
    book = _book([_offer(1, 1, 2), _offer(2, 1, 2)], [_order(1, "GANG", 3, 9, hours=1)])

    assert greedy(book).welfare_micros() == 0
    assert _solved(program_of(book)) == pytest.approx(0)


def test_a_minimum_fill_that_is_not_reached_takes_nothing_in_both() -> None:
    book = _book([_offer(1, 1, 2)], [_order(1, "DIVISIBLE", 4, 9, min_fill_bp=7_500)])

    assert greedy(book).welfare_micros() == 0
    assert _solved(program_of(book)) == pytest.approx(0)


def test_a_block_waits_for_hours_that_are_free_together() -> None:
    book = _book(
        [_offer(1, 1, 2)],
        [_order(1, "BLOCK", 2, 9, hours=1, earliest=1, latest=2),
         _order(2, "BLOCK", 2, 5, hours=2)],
        hours=4,
    )  # fmt: skip

    assert greedy(book).welfare_micros() == (2 * 8 + 2 * 2 * 4) * YUAN
    assert _solved(program_of(book)) == pytest.approx(2 * 8 + 2 * 2 * 4)


def test_no_naive_auction_is_above_the_relaxed_optimum() -> None:
    book = read_book(generate(Size(sites=6, hours=24, orders=8), 3))

    assert 0 < greedy(book).welfare_micros() / YUAN <= _solved(program_of(book)) * (1 + 1e-4)


def test_what_the_baselines_cannot_express_is_refused() -> None:
    book = _book([_offer(1, 1, 2)], [_order(1, "BLOCK", 2, 9, hours=1, budget_micros=5)])

    for baseline in (greedy, program_of):
        with pytest.raises(ValueError, match="baselines"):
            baseline(book)
