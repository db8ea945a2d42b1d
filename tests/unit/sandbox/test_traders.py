"""The synthetic members trade by the market's time, within bounds, and once however often asked."""

import itertools
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from exchange.window import HOUR, day_start, delivery_day
from marketplace.actions import auctions as do
from marketplace.domain.auctions.entries import OrderSent, check_order
from marketplace.domain.checks import check_request
from marketplace.models import Listing, Order, ReferencePrice, Trade
from sandbox.auction_traders import bid_of, next_auction
from sandbox.market.buyers import request_of
from sandbox.market.generated import LARGE_MODEL_SIZES, generated_jobs
from sandbox.traces.job import DemandJob
from sandbox.traders import (
    MOST_LISTINGS_A_TURN,
    MOST_ORDERS_A_TURN,
    WHOLE_WEEK,
    Traders,
    arrivals_between,
    ask_of,
    slots_at,
)
from tests.cast import NOON
from tests.world import World

GATE = timedelta(hours=1)


def test_slots_cover_what_is_still_open_of_today_and_all_of_tomorrow() -> None:
    slots = [slot for slot in slots_at(NOON, GATE) if slot.first_hour != WHOLE_WEEK]

    assert [slot.first_hour for slot in slots] == [8, 19, 0, 8, 19]
    assert slots[0].starts_at == NOON + 2 * HOUR
    assert slots[-1].ends_at == day_start(delivery_day(NOON) + timedelta(days=2))
    night = slots[2]
    assert night.percent < min(slot.percent for slot in slots if slot is not night)


def test_this_week_and_the_next_are_on_offer_in_one_piece() -> None:
    weeks = [slot for slot in slots_at(NOON, GATE) if slot.first_hour == WHOLE_WEEK]
    sunday_night = day_start(delivery_day(NOON) + timedelta(days=7)) - HOUR

    assert [week.starts_at for week in weeks] == [NOON + 2 * HOUR, sunday_night + HOUR]
    assert all(week.ends_at > week.starts_at + 24 * HOUR for week in weeks)
    late = [slot.first_hour for slot in slots_at(sunday_night, GATE)]
    assert late.count(WHOLE_WEEK) == 1


def test_asks_lie_on_the_tick_and_differ_between_sellers() -> None:
    asks = [ask_of(6_480_000, pool_id=pool_id, percent=80) for pool_id in range(31)]

    assert all(ask % 10_000 == 0 for ask in asks)
    assert len(set(asks)) > 20
    assert ask_of(1, pool_id=1, percent=80) == 10_000


def test_each_arrival_is_taken_exactly_once() -> None:
    day, midnight = delivery_day(NOON), day_start(delivery_day(NOON))
    jobs = [DemandJob(str(second), "b", second, 1, 60) for second in range(0, 86_400, 997)]
    instants = [midnight - HOUR + index * timedelta(minutes=37) for index in range(45)]

    taken = [
        job.job_id
        for since, now in itertools.pairwise(instants)
        for job in arrivals_between(jobs, day, since, now)
    ]

    assert taken == [job.job_id for job in jobs]


@pytest.mark.django_db
def test_a_day_of_turns_makes_trades_and_a_second_run_repeats_nothing() -> None:
    world = World()
    for chip, price in ((world.h100, 14_000_000), (world.ascend, 5_000_000)):
        ReferencePrice.objects.create(chip=chip, price_micros=price, as_of=NOON - HOUR)
    traders = Traders(orders_a_day=400)
    for quarter in range(12):
        traders.turn(NOON + quarter * timedelta(minutes=15))
    listings, orders = Listing.objects.count(), Order.objects.count()

    again = Traders(orders_a_day=400)
    again.turn(NOON + 11 * timedelta(minutes=15))

    assert Trade.objects.exists()
    assert (listings, orders) == (traders.report.listed, traders.report.ordered)
    assert Listing.objects.count() == listings


@pytest.mark.django_db
def test_a_turn_is_bounded() -> None:
    World()
    traders = Traders(orders_a_day=1_000_000 // 20)

    report = traders.turn(NOON)

    assert report.ordered + sum((report.refused or {}).values()) <= (
        MOST_ORDERS_A_TURN + MOST_LISTINGS_A_TURN
    )


@pytest.mark.django_db
def test_the_command_is_for_a_sandbox_only(settings: object) -> None:
    settings.SANDBOX_MARKET = False  # type: ignore[attr-defined]
    with pytest.raises(CommandError):
        call_command("traders", turns=1)


def test_some_of_those_who_ask_from_a_city_want_a_link_and_pay_for_it() -> None:
    jobs = generated_jobs(300, seed=1, sizes=LARGE_MODEL_SIZES)
    requests = [request_of(job, now=NOON) for job in jobs]

    linked = [request for request in requests if request.requirement.linked]

    assert 5 < len(linked) < 150
    for request in linked:
        check_request(request)
        assert request.city
        assert not request.splittable


@pytest.mark.django_db
def test_in_an_auction_some_keep_the_link_and_give_up_the_ceiling() -> None:
    World()
    do.open_auctions(NOON)
    auction = next_auction(NOON)
    assert auction is not None
    jobs = generated_jobs(300, seed=1, sizes=LARGE_MODEL_SIZES)

    asked = [(job, request_of(job, now=NOON)) for job in jobs]
    bids = [bid_of(job, one, auction) for job, one in asked if one.requirement.linked]

    kept = [bid for bid in bids if "link_gbps" in bid]
    assert 0 < len(kept) < len(bids)
    assert {bid["kind"] for bid in kept} == {"BLOCK", "GANG"}
    for bid in bids:
        assert bid["city"]
        assert ("max_rtt_us" in bid["requires"]) != ("link_gbps" in bid)
        check_order(OrderSent(bids=[bid]), hours=auction.hours)
