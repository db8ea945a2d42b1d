"""An arriving listing sells to the orders that pay most, at their price."""

from dataclasses import replace

from exchange.book import Match, match_listing
from exchange.requirement import Requirement
from tests.unit.exchange.books import YUAN, offer, want


def test_the_highest_price_buys_then_the_first_to_arrive() -> None:
    low = want(order_id=1, arrival=1, limit_micros=YUAN)
    high = want(order_id=2, arrival=3)
    same = want(order_id=3, arrival=2)

    (fill,) = match_listing([(w, offer(free=(8, 8))) for w in (low, high, same)]).fills
    assert (fill.order_id, fill.price_micros) == (3, 2 * YUAN)


def test_the_price_is_the_orders_limit_value_floored_to_the_tick() -> None:
    asked = want(unit="PFLOPS", amount=2_500_000, limit_micros=2 * YUAN)

    (fill,) = match_listing([(asked, offer())]).fills
    assert (fill.devices, fill.price_micros) == (3, 1_660_000)


def test_the_price_stays_within_the_purse() -> None:
    (fill,) = match_listing([(want(purse_micros=20 * YUAN), offer())]).fills
    assert fill.price_micros == 1_250_000
    assert not match_listing([(want(purse_micros=15 * YUAN), offer())]).fills


def test_below_the_ask_nothing_is_sold() -> None:
    assert match_listing([(want(limit_micros=YUAN - 10_000), offer())]) == Match()


def test_one_listing_serves_several_orders_until_it_is_empty() -> None:
    orders = [want(order_id=n, arrival=n, amount=4, hours=10) for n in (1, 2, 3)]

    match = match_listing([(order, offer()) for order in orders])
    assert [(f.order_id, f.devices) for f in match.fills] == [(1, 4), (2, 4)]


def test_a_splittable_order_takes_a_part_and_an_order_at_one_site_does_not() -> None:
    small = offer(free=(4,) * 10)

    assert not match_listing([(want(), small)]).fills
    (fill,) = match_listing([(want(splittable=True), small)]).fills
    assert (fill.devices, fill.first_hour) == (4, 100)


def test_a_split_order_takes_more_of_the_same_listing_only_at_its_own_start() -> None:
    match = match_listing([(want(amount=16, splittable=True), offer())])

    assert [(f.devices, f.first_hour) for f in match.fills] == [(8, 100)]


def test_the_start_with_most_devices_is_taken() -> None:
    rising = offer(free=(2, 2, 6, 6, 4, 4))

    (fill,) = match_listing([(want(splittable=True), rising)]).fills
    assert (fill.first_hour, fill.devices) == (102, 6)


def test_the_smallest_blocks_of_both_sides_hold() -> None:
    assert not match_listing([(want(), offer(min_devices=9))]).fills
    assert not match_listing([(want(splittable=True, min_lot_devices=9), offer())]).fills


def test_an_order_that_the_place_does_not_suit_is_passed_over() -> None:
    assert not match_listing([(want(requirement=Requirement(stack="CANN")), offer())]).fills


def test_the_seller_never_meets_itself() -> None:
    own = want(order_id=1, owner="ada", limit_micros=3 * YUAN)
    other = want(order_id=2, arrival=60)

    assert match_listing([(own, offer()), (other, offer())]) == Match(met_itself=True)
    rest = match_listing([(replace(own, limit_micros=YUAN), offer()), (other, offer())])
    assert [fill.order_id for fill in rest.fills] == [2]
    assert rest.met_itself
