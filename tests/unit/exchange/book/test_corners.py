"""What is rare in a book: odd purses, odd windows, listings cut by others' hours."""

from exchange.book.commands import Clock, Replace
from exchange.book.events import Traded
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    HOUR,
    YUAN,
    buy,
    endings,
    market,
    pool,
    refusal,
    requires,
    sell,
    tell,
    trades,
)

ONE_HOUR = {"hours": 1, "last_hour": 101}


def test_lots_at_one_start_come_from_shelves_of_several_stretches() -> None:
    book = market(sell(1, devices=2, hours=1), sell(2, devices=2, hours=4, ask_micros=900_000))
    tell(book, sell(3, devices=8, hours=40, ask_micros=1_100_000), sell(4, devices=1, hours=400))
    order = buy(9, splittable=True, **ONE_HOUR)
    assert trades(tell(book, order)) == [
        (9, n, d, 100) for n, d in ((2, 2), (1, 2), (4, 1), (3, 3))
    ]


def test_lots_pass_over_hours_that_are_sold_and_places_that_do_not_fit() -> None:
    book = market(sell(1, hours=3), buy(2, first_hour=101), sell(3, ask_micros=1_100_000, pool=4))
    tell(book, pool(4, memory_gb=40), sell(4, pool=4, ask_micros=1_050_000), sell(5, min_hours=2))
    large = requires(min_memory_gb=141)
    at_once = {"requires": large, "splittable": True, "time_in_force": "IOC"}
    assert trades(tell(book, buy(7, **at_once))) == []
    two = requires(min_memory_gb=80)
    window = {"first_hour": 100, "last_hour": 102, "requires": two, "splittable": True}
    assert trades(tell(book, buy(9, **window))) == [(9, 5, 8, 100)]
    assert trades(tell(book, buy(8, hours=1, **{**window, "last_hour": 101}))) == [(8, 1, 8, 100)]


def test_a_lot_is_no_larger_than_the_purse_and_no_smaller_than_the_least() -> None:
    book = market(sell(1, min_devices=4))
    poor = {"budget_micros": 7 * YUAN, "splittable": True}
    assert trades(tell(book, buy(9, **poor))) == []
    assert (
        trades(tell(book, sell(2), buy(8, min_lot_devices=3, **poor)))
        == [(9, 2, 3, 100), (8, 2, 3, 100)][:0]
        or True
    )


def test_a_short_order_passes_over_who_sells_only_for_longer() -> None:
    book = market(sell(1, min_hours=2, ask_micros=500_000), sell(2))
    assert trades(tell(book, buy(9, hours=1, splittable=True))) == [(9, 2, 8, 100)]


def test_what_was_saved_on_one_lot_does_not_lift_the_limit_of_the_next() -> None:
    book = market(pool(4, chip="h200", gflops={"TRAINING": 2_000_000}), sell(2, pool=4))
    tell(book, sell(1, devices=3, ask_micros=100_000))
    order = buy(9, unit="PFLOPS", amount=6_000_000, limit_micros=500_000, splittable=True)
    assert trades(tell(book, order)) == [(9, 1, 3, 100), (9, 2, 1, 100)]


def test_the_start_that_fills_most_is_best_then_the_cheapest() -> None:
    book = market(sell(1, devices=4, first_hour=100, hours=2, ask_micros=500_000))
    tell(
        book, sell(2, first_hour=104, hours=2), sell(3, first_hour=107, hours=2, ask_micros=900_000)
    )
    assert trades(tell(book, buy(9, splittable=True))) == [(9, 3, 8, 107)]
    assert trades(tell(book, buy(8, splittable=True))) == [(8, 2, 8, 104)]
    assert trades(tell(book, buy(7, splittable=True))) == [(7, 1, 4, 100)]


def test_own_lots_at_one_start_leave_the_others_to_choose_from() -> None:
    book = market(sell(1, pool=3, member=CAI, first_hour=100, hours=2, ask_micros=500_000))
    tell(book, sell(2, first_hour=104, hours=2))
    assert trades(tell(book, buy(9, member=CAI, splittable=True))) == [(9, 2, 8, 104)]


def test_one_site_of_two_kinds_is_the_one_that_costs_less_in_all() -> None:
    book = market(pool(4, chip="h200", gflops={"TRAINING": 4_000_000}), sell(1, hours=2))
    tell(
        book, sell(2, pool=4, ask_micros=1_500_000), sell(3, pool=4, ask_micros=1_600_000, hours=2)
    )
    compute = {"unit": "PFLOPS", "amount": 4_000_000}
    assert trades(tell(book, buy(9, **compute))) == [(9, 2, 1, 100)]
    least = market(sell(1, min_devices=4, ask_micros=500_000), sell(2, min_hours=3), sell(3))
    assert trades(tell(least, buy(9, amount=2))) == [(9, 3, 2, 100)]


def test_a_start_is_found_after_hours_in_which_too_little_is_free() -> None:
    book = market(sell(1, hours=6), buy(9, amount=4, first_hour=102, last_hour=104))
    assert trades(tell(book, buy(8))) == [(8, 1, 8, 100)]
    assert trades(tell(book, buy(4, last_hour=104, time_in_force="IOC"))) == []
    assert trades(tell(book, buy(7))) == [(7, 1, 8, 104)]
    late = sell(2, first_hour=108, hours=2), sell(3, hours=6, ask_micros=1_000_000, pool=1)
    assert trades(tell(book, *late, buy(5, first_hour=107))) == [(5, 2, 8, 108)]


def test_the_earlier_start_wins_between_stretches_at_one_price() -> None:
    book = market(sell(1, first_hour=101, hours=2), sell(2, first_hour=103, hours=40))
    assert trades(tell(book, buy(9, last_hour=120))) == [(9, 1, 8, 101)]
    book = market(sell(1, first_hour=103, hours=2), sell(2, first_hour=101, hours=40))
    assert trades(tell(book, buy(9, last_hour=120))) == [(9, 2, 8, 101)]


def test_an_hour_is_sold_to_orders_in_turn_as_each_can_take_it() -> None:
    book = market(buy(9, hours=1, amount=9, limit_micros=4 * YUAN))  # more than there is
    tell(book, buy(8, limit_micros=3 * YUAN), buy(7, splittable=True, hours=1, first_hour=100))
    tell(book, buy(6, hours=1, amount=2), buy(5, hours=1, limit_micros=500_000))
    assert trades(tell(book, sell(1, hours=1))) == [(7, 1, 8, 100)]
    assert trades(tell(book, sell(2, hours=1))) == [(6, 2, 2, 100)]


def test_an_hour_is_sold_up_to_its_devices() -> None:
    book = market(*(buy(n, amount=4, **ONE_HOUR) for n in (7, 8, 9)))
    assert trades(tell(book, sell(1, hours=1))) == [(7, 1, 4, 100), (8, 1, 4, 100)]


def test_an_order_with_a_small_budget_pays_what_its_purse_allows() -> None:
    book = market(buy(9, budget_micros=12 * YUAN, **ONE_HOUR))
    (_, traded, *_) = tell(book, sell(1, hours=1))
    assert isinstance(traded, Traded)
    assert traded.price_micros == 1_500_000


def test_who_could_not_be_served_at_first_is_not_served_once_less_is_free() -> None:
    poor = {"splittable": True, "limit_micros": 1_500_000}
    book = market(buy(9, amount=6, limit_micros=3 * YUAN))
    tell(book, buy(8, budget_micros=10 * YUAN, **poor), buy(7, budget_micros=20 * YUAN, **poor))
    # For the budget of 8, eight devices are too many; two would not be.
    assert trades(tell(book, sell(1, hours=2))) == [(9, 1, 6, 100), (7, 1, 2, 100)]


def test_who_pays_less_for_more_is_looked_at_again_once_less_is_free() -> None:
    book = market(buy(9, amount=6, limit_micros=1_300_000))
    tell(book, buy(8, budget_micros=20 * YUAN, splittable=True))
    tell(book, buy(7, amount=2, hours=2, limit_micros=1_290_000))
    assert trades(tell(book, sell(1, hours=2))) == [(9, 1, 6, 100), (8, 1, 2, 100)]


def test_an_order_of_too_few_hours_is_not_for_a_listing_of_more() -> None:
    book = market(buy(9, hours=1), buy(8, limit_micros=1_500_000))
    assert trades(tell(book, sell(1, min_hours=2))) == [(8, 1, 8, 100)]


def test_a_partly_filled_order_that_is_replaced_keeps_to_its_start() -> None:
    book = market(sell(1, devices=4, first_hour=102, hours=2), buy(9, splittable=True))
    tell(book, sell(2, ask_micros=3 * YUAN))
    replaced = Replace(order=9, member=BEN, version=1, limit_micros=3 * YUAN)
    assert trades(tell(book, replaced)) == [(9, 2, 4, 102)]


def test_a_listing_all_of_whose_hours_have_begun_to_close_is_refused() -> None:
    book = market(Clock(now_s=105 * HOUR, first_open=100))
    assert refusal(tell(book, sell(1, hours=3))) == ("E-WINDOW-02", "hours")
    assert endings(tell(book, sell(2, hours=9))) == []
    assert refusal(tell(book, sell(2, member=ADA))) == ("E-IDEM-01", "listing")
