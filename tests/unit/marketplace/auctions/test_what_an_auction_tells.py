"""What a cleared auction tells: its curves, its price map, its gains, and the smallest yes."""

from typing import Any

import pytest

from exchange.verifying.case import Case
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from marketplace.domain.auctions.curves import curves_of
from marketplace.domain.auctions.fates import fates_of
from marketplace.domain.auctions.price_map import by_node, by_zone
from marketplace.domain.auctions.sharing import gains_of
from marketplace.domain.auctions.smallest_yes import left_device_hours, smallest_yes
from marketplace.pages.auctions.opening import example

YUAN = 1_000_000
# The book of docs/auction-format.md: the first four devices are traded, at 2 yuan.
BY_HAND: dict[str, Any] = {
    "auction": "by hand", "hours": 1, "nodes": [{"node": "n"}],
    "offers": [{"offer": 1, "node": "n",
                "steps": [[YUAN, 2], [2 * YUAN, 2], [4 * YUAN, 2]]}],
    "orders": [
        {"order": 1, "kind": "DIVISIBLE", "amount": 3, "limit_micros": 5 * YUAN},
        {"order": 2, "kind": "DIVISIBLE", "amount": 2, "limit_micros": 3 * YUAN},
        {"order": 3, "kind": "DIVISIBLE", "amount": 5, "limit_micros": YUAN},
    ],
}  # fmt: skip


def _rect(devices: int, **place: Any) -> dict[str, Any]:
    return {**place, "devices": devices, "first_hour": 0, "hours": 1}


def _bought(order: int, devices: int, value: int) -> dict[str, Any]:
    return {
        "order": order, "alternative": 0, "placed": [_rect(devices, node="n")],
        "sold_by": [_rect(devices, offer=1)], "carried_by": [],
        "value_micros": value * YUAN, "pays_micros": 2 * devices * YUAN, "link_pays_micros": 0,
    }  # fmt: skip


@pytest.fixture
def by_hand() -> Case:
    """The book by hand with its outcome."""
    book = read_book(BY_HAND)
    outcome = {
        "auction": "by hand", "format": 1, "prices": {"n": [2 * YUAN]}, "link_prices": {},
        "duals": {"n": [2 * YUAN]}, "link_duals": {},
        "accepted": [_bought(1, 3, 15), _bought(2, 1, 3)],
        "rejected": [{"order": 3, "reason": "PRICE", "lost_surplus_micros": 0}],
        "closed_offers": [], "welfare_micros": 12 * YUAN, "bound_micros": 13 * YUAN,
        "bound_at_prices_micros": 13 * YUAN, "rejected_in_the_money": 0, "steps": {},
    }  # fmt: skip
    return Case(book, read_outcome(outcome, book))


def _smallest(case: Case, number: int) -> Any:
    order = case.book.order_of[number]
    return smallest_yes(case, order, order.bids[0])


def test_supply_rises_demand_falls_and_both_count_the_devices_before(by_hand: Case) -> None:
    curves = curves_of(by_hand, 0, 0)

    asked = [(step.price_micros // YUAN, step.until) for step in curves.supply]
    wanted = [(step.price_micros // YUAN, step.until) for step in curves.demand]
    assert asked == [(1, 2), (2, 4), (4, 6)]
    assert wanted == [(5, 3), (3, 5), (1, 10)]
    assert (curves.price_micros, curves.traded_devices) == (2 * YUAN, 4)


def test_buyers_and_sellers_share_the_whole_welfare(by_hand: Case) -> None:
    gains = gains_of(by_hand)

    assert (gains.buyers_micros, gains.sellers_micros) == (10 * YUAN, 2 * YUAN)
    assert gains.sum_micros == by_hand.outcome.welfare_micros


def test_an_order_below_the_price_is_told_the_limit_that_would_have_done(by_hand: Case) -> None:
    assert _smallest(by_hand, 3).limit_micros == 2 * YUAN


def test_a_row_of_the_price_map_has_least_mean_and_greatest(by_hand: Case) -> None:
    (row,) = by_node(by_hand, range(1))

    assert (row.low_micros, row.mean_micros, row.high_micros) == (2 * YUAN,) * 3
    assert row.traded_device_hours == 4


def test_the_example_day_passes_every_check_of_the_rulebook() -> None:
    opened = example()

    assert len(opened.checks) == 19
    assert opened.findings == 0


def test_the_gains_of_the_example_day_sum_to_its_welfare() -> None:
    case = example().case

    gains = gains_of(case)

    assert gains.sum_micros == case.outcome.welfare_micros
    assert min(gains.buyers_micros, gains.sellers_micros, gains.carriers_micros) >= 0


def test_what_the_map_says_is_traded_is_what_the_orders_took() -> None:
    case = example().case
    hours = range(case.book.hours)
    taken = sum(fate.device_hours for fate in fates_of(case))

    for rows in (by_node(case, hours), by_zone(case, hours)):
        assert sum(row.traded_device_hours for row in rows) == taken


def test_a_rejection_in_the_money_says_what_it_lost_and_what_was_left() -> None:
    case = example().case
    (fate,) = (fate for fate in fates_of(case) if fate.in_the_money)

    assert (fate.reason, fate.gained_micros) == ("ALL_OR_NOTHING", 200 * YUAN)
    assert left_device_hours(case, fate.bid) > 0


def test_every_order_below_the_price_is_told_a_limit_above_its_own() -> None:
    case = example().case
    below = [fate for fate in fates_of(case) if fate.reason == "PRICE"]

    assert below
    for fate in below:
        assert _smallest(case, fate.number).limit_micros > fate.bid.parts[0][0]


def test_an_order_without_a_place_is_told_the_condition_to_give_up() -> None:
    case = example().case
    told = {
        fate.number: _smallest(case, fate.number).without
        for fate in fates_of(case)
        if fate.reason == "NO_PLACE"
    }

    assert told == {16: ("min_memory_gb",), 24: ("max_carbon_g_per_kwh",)}
