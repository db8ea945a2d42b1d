"""Who trades first: by price, then by start, then by who came first."""

import pytest

from exchange.book.commands import Pool
from exchange.book.events import Ended, Traded
from tests.unit.exchange.book.talk import (
    YUAN,
    buy,
    endings,
    market,
    pool,
    requires,
    sell,
    tell,
    trades,
)


def test_the_cheapest_listing_is_sold_first() -> None:
    book = market(sell(1), sell(2, ask_micros=900_000), sell(3))
    assert trades(tell(book, buy(9))) == [(9, 2, 8, 100)]


def test_at_one_price_the_earliest_start_is_taken_then_who_came_first() -> None:
    book = market(sell(1, first_hour=102), sell(2), sell(3))
    assert trades(tell(book, buy(9, amount=4))) == [(9, 2, 4, 100)]


def test_a_start_later_in_a_listing_is_found_where_its_first_hours_are_sold() -> None:
    book = market(sell(1), buy(8))
    assert trades(tell(book, buy(9))) == [(9, 1, 8, 102)]


def test_a_buyer_pays_the_ask_and_gets_the_rest_of_the_hold_back() -> None:
    events = tell(market(sell(1)), buy(9, vat_bp=600))
    traded, ended = events[1], events[2]
    assert isinstance(traded, Traded)
    assert isinstance(ended, Ended)
    assert (traded.value_micros, traded.gross_micros) == (16 * YUAN, 16_960_000)
    assert ended.released_micros == 33_920_000 - 16_960_000


def test_an_arriving_listing_is_sold_to_who_pays_most_then_to_who_came_first() -> None:
    book = market(buy(7), buy(8, limit_micros=3 * YUAN), buy(9, limit_micros=3 * YUAN))
    events = tell(book, sell(1, hours=2))
    assert trades(events) == [(8, 1, 8, 100)]
    assert endings(events) == [(1, "SOLD", ""), (8, "FILLED", "")]


def test_a_splittable_order_takes_lots_of_one_start_by_price() -> None:
    book = market(sell(1, devices=4), sell(2, devices=4, ask_micros=900_000), sell(3, devices=4))
    assert trades(tell(book, buy(9, splittable=True))) == [(9, 2, 4, 100), (9, 1, 4, 100)]


def test_lots_of_two_kinds_of_device_are_ranked_by_what_a_pflops_costs() -> None:
    book = market(pool(4, chip="h200", gflops={"TRAINING": 2_000_000}))
    tell(book, sell(1, devices=4), sell(2, pool=4, devices=4, ask_micros=1_500_000))
    events = tell(book, buy(9, unit="PFLOPS", amount=10_000_000, splittable=True))
    assert trades(events) == [(9, 2, 4, 100), (9, 1, 2, 100)]


def test_a_device_too_large_for_the_limit_is_left_where_a_lot_overshoots() -> None:
    book = market(pool(4, chip="h200", gflops={"TRAINING": 2_000_000}), sell(2, pool=4))
    order = buy(9, unit="PFLOPS", amount=3_000_000, limit_micros=500_000, splittable=True)
    assert trades(tell(book, order)) == [(9, 2, 1, 100)]


def test_a_splittable_order_that_has_traded_keeps_to_its_start() -> None:
    book = market(sell(1, devices=4, first_hour=103, hours=2), buy(9, splittable=True))
    assert trades(tell(book, sell(2, devices=8))) == [(9, 2, 4, 103)]


def test_whole_nodes_are_sold_to_who_asks_for_scale_up() -> None:
    book = market(pool(4, devices_per_node=8, scale_up_gbs=450), sell(2, pool=4, devices=16))
    fast = requires(min_scale_up_gbs=300)
    assert trades(tell(book, buy(9, amount=4, requires=fast))) == [(9, 2, 8, 100)]
    waiting = buy(8, amount=9, requires=fast, splittable=True, limit_micros=3 * YUAN)
    assert trades(tell(book, waiting)) == [(8, 2, 16, 102)]


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"family": "ascend"}, {"families_allowed": ("ascend",)}),
        ({"family": "ascend"}, {"families_excluded": ("nvidia",)}),
        ({"chip": "h20"}, {"chips_allowed": ("h20",)}),
        ({"stack": "ROCM"}, {"stack": "ROCM"}),
        ({"memory_gb": 141}, {"min_memory_gb": 141}),
        ({"scale_out_gbps": 400}, {"min_scale_out_gbps": 400}),
        ({"zone": "east"}, {"zones_allowed": ("east",)}),
        ({"pue_thousandths": 900}, {"max_pue_thousandths": 900}),
        ({"carbon_g_per_kwh": 0}, {"max_carbon_g_per_kwh": 0}),
        ({"rtt_us": {"xian": 0}}, {"max_rtt_us": 0}),
    ],
)
def test_only_a_place_that_satisfies_the_requirement_serves(
    facts: dict[str, object], wanted: dict[str, object]
) -> None:
    plain = {"carbon_g_per_kwh": 400}
    right: Pool = pool(4, **{**plain, **facts})
    book = market(pool(1, **plain), sell(1, ask_micros=YUAN // 2), right, sell(2, pool=4))
    order = buy(9, requires=requires(**wanted), city="xian")
    assert trades(tell(book, order)) == [(9, 2, 8, 100)]
    waiting = buy(10, amount=1, requires=requires(**wanted), city="xian", last_hour=102)
    book = market(pool(1, **plain), right, waiting)
    assert trades(tell(book, sell(3), sell(4, pool=4, first_hour=100))) == [(10, 4, 1, 100)]


def test_firmness_is_what_the_listing_promises() -> None:
    book = market(sell(1, firmness="SURPLUS", ask_micros=YUAN // 2), sell(2))
    assert trades(tell(book, buy(9))) == [(9, 2, 8, 100)]
    assert trades(tell(book, buy(8, requires=requires(firmness=("SURPLUS",))))) == [(8, 1, 8, 100)]


def test_without_a_conversion_factor_a_device_cannot_serve_pflops() -> None:
    book = market(pool(1, gflops={}), sell(1), sell(2, pool=3, ask_micros=3 * YUAN))
    order = buy(9, unit="PFLOPS", amount=1_000_000)
    assert trades(tell(book, order)) == []
    assert trades(tell(book, sell(4, pool=1, devices=2))) == []
