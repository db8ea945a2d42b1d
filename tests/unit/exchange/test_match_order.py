"""An arriving order takes the cheapest feasible place, and never more than it may."""

from dataclasses import replace

from exchange.book import Match, match_order
from exchange.requirement import Requirement
from tests.unit.exchange.books import H100, YUAN, offer, want

SCALE_UP = Requirement(min_scale_up_gbs=300)


def test_the_cheaper_offer_wins_although_it_starts_later() -> None:
    match = match_order(want(), [offer(1), offer(2, ask_micros=YUAN - 10_000, first_hour=105)])

    (fill,) = match.fills
    assert (fill.listing_id, fill.first_hour, fill.price_micros) == (2, 105, YUAN - 10_000)


def test_at_one_price_the_earlier_start_wins_then_the_earlier_arrival() -> None:
    late = offer(1, first_hour=103)
    assert match_order(want(), [late, offer(3), offer(2)]).fills[0].listing_id == 2


def test_a_dearer_offer_after_the_best_is_passed_over() -> None:
    assert match_order(want(), [offer(1), offer(2, ask_micros=2 * YUAN)]).fills[0].listing_id == 1


def test_all_at_one_site_is_not_filled_by_two_halves() -> None:
    halves = [offer(1, free=(4,) * 10), offer(2, free=(4,) * 10)]

    assert match_order(want(), halves) == Match()
    assert [f.devices for f in match_order(want(splittable=True), halves).fills] == [4, 4]


def test_a_window_needs_all_its_hours_free_together() -> None:
    broken = offer(1, free=(8, 0, 8, 0, 8, 8, 8))

    assert match_order(want(), [broken]).fills[0].first_hour == 104
    assert match_order(want(hours=4), [broken]) == Match()


def test_the_limit_is_a_bound() -> None:
    assert match_order(want(limit_micros=YUAN), [offer()]).fills
    assert not match_order(want(limit_micros=YUAN - 1), [offer()]).fills


def test_the_purse_is_a_bound() -> None:
    assert match_order(want(purse_micros=16 * YUAN), [offer()]).fills
    assert not match_order(want(purse_micros=16 * YUAN - 1), [offer()]).fills


def test_petaflops_take_whole_devices_and_the_overshoot_costs_nothing() -> None:
    asked = want(unit="PFLOPS", amount=2_500_000, limit_micros=2 * YUAN)

    (fill,) = match_order(asked, [offer(ask_micros=1_660_000)]).fills
    assert (fill.devices, fill.credited) == (3, 2_500_000)
    # Three devices at 1.67 cost more than 2.5 PFLOPS at 2.00.
    assert not match_order(asked, [offer(ask_micros=1_670_000)]).fills


def test_a_stronger_chip_may_be_dearer_a_device_and_still_win() -> None:
    asked = want(unit="PFLOPS", amount=8_000_000)
    weak = offer(1, free=(99,) * 10, gflops_per_device=400_000)
    strong = offer(2, ask_micros=2 * YUAN, gflops_per_device=1_000_000)

    assert match_order(asked, [weak, strong]).fills[0].listing_id == 2


def test_scale_up_takes_whole_nodes() -> None:
    nodes = offer(free=(16,) * 10, devices_per_node=8)

    (fill,) = match_order(want(amount=9, requirement=SCALE_UP), [nodes]).fills
    assert (fill.devices, fill.credited) == (16, 9)


def test_the_smallest_block_of_the_seller_holds() -> None:
    assert not match_order(want(), [offer(min_devices=9)]).fills
    assert not match_order(want(), [offer(min_hours=3)]).fills
    assert not match_order(want(splittable=True), [offer(min_devices=9)]).fills
    assert not match_order(want(splittable=True), [offer(min_hours=3)]).fills


def test_an_offer_that_does_not_suit_is_not_touched() -> None:
    assert not match_order(want(requirement=Requirement(stack="CANN")), [offer()]).fills


def test_lots_share_their_start_where_most_can_be_had() -> None:
    asked = want(amount=16, splittable=True)
    early, late = offer(1, free=(8,) * 4), offer(2, first_hour=102)

    assert [(f.listing_id, f.first_hour) for f in match_order(asked, [early, late]).fills] == [
        (1, 102),
        (2, 102),
    ]


def test_lots_take_the_cheapest_first_and_the_cheapest_start() -> None:
    asked = want(amount=4, splittable=True)
    cheap_later = offer(2, ask_micros=YUAN // 2, first_hour=104)

    (fill,) = match_order(asked, [offer(1), cheap_later]).fills
    assert (fill.listing_id, fill.first_hour) == (2, 104)


def test_no_lot_is_smaller_than_the_buyers_smallest() -> None:
    small = offer(free=(3,) * 10)

    assert match_order(want(splittable=True, min_lot_devices=3), [small]).fills
    assert not match_order(want(splittable=True, min_lot_devices=4), [small]).fills


def test_a_lot_whose_overshoot_breaks_the_limit_takes_one_fewer() -> None:
    asked = want(unit="PFLOPS", amount=2_500_000, limit_micros=YUAN, splittable=True)

    (fill,) = match_order(asked, [offer()]).fills
    assert (fill.devices, fill.credited) == (2, 2_000_000)


def test_lots_stop_where_the_purse_is_empty() -> None:
    (fill,) = match_order(want(splittable=True, purse_micros=7 * YUAN), [offer()]).fills
    assert fill.devices == 3


def test_fill_or_kill_takes_all_or_nothing() -> None:
    asked = want(amount=10, splittable=True, all_or_none=True)

    assert not match_order(asked, [offer()]).fills
    assert len(match_order(asked, [offer(1), offer(2)]).fills) == 2


def test_a_split_order_keeps_to_the_start_of_its_first_lot() -> None:
    asked = want(splittable=True, fixed_start=104)

    assert match_order(asked, [offer()]).fills[0].first_hour == 104
    assert not match_order(replace(asked, fixed_start=109), [offer()]).fills
    assert not match_order(replace(asked, first_hour=105), [offer()]).fills


def test_nobody_trades_with_itself() -> None:
    own = offer(1, owner="ben")

    assert match_order(want(), [own, offer(2)]) == Match(met_itself=True)
    split = match_order(want(amount=12, splittable=True), [offer(2), replace(own, arrival=3)])
    assert [fill.listing_id for fill in split.fills] == [2]
    assert split.met_itself
    assert match_order(want(splittable=True), [own]) == Match(met_itself=True)
    kill = match_order(want(splittable=True, all_or_none=True), [own])
    assert kill == Match(met_itself=True)


def test_a_dearer_own_offer_does_not_stand_in_the_way() -> None:
    assert match_order(want(), [offer(1), offer(2, owner="ben", ask_micros=2 * YUAN)]).fills


def test_nothing_open_fills_nothing() -> None:
    assert match_order(want(), []) == Match()
    assert match_order(want(splittable=True), []) == Match()
    assert match_order(want(), [offer(place=replace(H100, rtt_us=None))]).fills
