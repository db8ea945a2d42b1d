"""The law of the public feed: snapshot N and the increments after it make every later snapshot."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import Member
from exchange.window import hour_number
from marketplace.actions import (
    cancel_order,
    expire_due,
    halt_trading,
    replace_order,
    reprice_listing,
    withdraw_listing,
)
from marketplace.domain.feed import MOST_BACK, Increment, within
from marketplace.domain.feed_refusals import FeedAhead, FeedGone
from marketplace.domain.levels import Levels, Run, clipped
from marketplace.models import Listing, Order
from marketplace.queries.feed import increments_after
from marketplace.queries.feed_rows import last_number
from marketplace.queries.snapshot import Snapshot, snapshot_of
from tests.world import PFLOPS, World, micros

PRODUCTS = ("h100-sxm", "ascend-910b", "cpu-slot", "fp16")


def story(world: World) -> list[Callable[[], object]]:
    """A day of the market, one step an event or a few: everything that a row can live through."""
    ben, dana = world.cast.ben.id, world.cast.dana.id
    return [
        lambda: world.listing(devices=16, price="1.85"),
        lambda: world.listing(devices=8, price="1.85", start=4, hours=6),
        lambda: world.listing(pool=world.east_pool, devices=32, price="1.10"),
        lambda: world.listing(pool=world.process_pool, devices=4, price="0.10"),
        lambda: world.order(amount=4),  # met at once
        lambda: world.order(amount=900, limit_micros=micros("0.50")),  # waits, any chip
        lambda: world.order(  # met over two chips
            amount=3 * PFLOPS, unit="PFLOPS", limit_micros=micros("9.00"), hours=3, splittable=True
        ),
        lambda: world.order(
            amount=8 * PFLOPS, unit="PFLOPS", limit_micros=micros("0.30"), buyer_id=dana
        ),
        lambda: world.order(amount=64, time_in_force="IOC", splittable=True, hours=1),
        lambda: world.order(  # fills in part, waits for the rest, and meets the next listing
            amount=40,
            splittable=True,
            chips_allowed=("h100-sxm",),
            earliest=world.hour(12),
            latest=world.hour(14),
        ),
        lambda: world.listing(devices=20, price="1.80", start=12, hours=2),
        lambda: withdraw_listing(
            seller_id=world.cast.ada.id, listing_id=newest_listing(world), now=world.now
        ),
        lambda: cancel_order(buyer_id=ben, order_id=waiting(ben), now=world.now),
        lambda: later(world, hours=30),
    ]


def newest_listing(world: World) -> int:
    return world.listing(price="1.95", start=2, hours=3).pk


def waiting(buyer_id: int) -> int:
    found = Order.objects.filter(buyer_id=buyer_id, state__in=("OPEN", "PARTLY_FILLED"))
    return found.earliest("id").pk


def later(world: World, *, hours: int) -> int:
    world.now += timedelta(hours=hours)
    return expire_due(world.now)


def snapshots(world: World, product: str) -> list[Snapshot]:
    """The product's snapshot before the story and after each of its steps."""
    first = hour_number(world.hour(0)) - 2
    found = [snapshot_of(product, first_hour=first, hours=40)]
    for step in story(world):
        step()
        found.append(snapshot_of(product, first_hour=first, hours=40))
    return found


def replayed(start: Snapshot, increments: Sequence[Increment]) -> tuple[tuple[Run, ...], object]:
    """What a follower holds: the snapshot's levels and last trade, moved by the increments."""
    first, last = start.first_hour, start.first_hour + start.hours
    changes = [run for event in increments for run in event.changes]
    inside = [kept for run in changes if (kept := clipped(run, first, last))]
    trades = [start.last_trade, *(event.trade for event in increments if event.trade)]
    return tuple(Levels().add(start.levels).add(inside).runs(first, last)), trades[-1]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_snapshot_and_its_increments_make_every_later_snapshot(
    world: World, product: str
) -> None:
    found = snapshots(world, product)
    kinds = {event.kind for event in increments_after(0, product_code=product).increments}

    assert kinds >= {"TRADED", "ORDER_FILLED", "ORDER_CANCELLED", "ORDER_EXPIRED"}
    assert kinds >= {"LISTING_SOLD", "LISTING_WITHDRAWN", "LISTING_EXPIRED"}
    assert any(shot.levels for shot in found)
    for index, start in enumerate(found):
        increments = increments_after(start.number, product_code=product).increments
        for end in found[index:]:
            told = [event for event in increments if event.number <= end.number]
            assert [event.number for event in told] == list(range(start.number + 1, end.number + 1))
            assert replayed(start, told) == (end.levels, end.last_trade)


def test_a_follower_who_misses_any_change_is_wrong(world: World) -> None:
    """The law's negative control: without one increment, or with one doubled, it does not hold."""
    found = snapshots(world, "fp16")
    start, end = found[0], found[-2]  # the last step ends everything
    told = list(increments_after(0, product_code="fp16").increments)
    told = [event for event in told if event.number <= end.number]
    moved = [event for event in told if event.changes]

    assert moved
    assert replayed(start, told)[0] == end.levels
    for lost in moved:
        assert replayed(start, [event for event in told if event != lost])[0] != end.levels
        assert replayed(start, [*told, lost])[0] != end.levels


def followed(world: World, product: str, steps: Sequence[Callable[[], object]]) -> Snapshot:
    """The snapshot at the end of some steps, which a follower of each has to hold by then."""
    first = hour_number(world.hour(0)) - 2
    end = held = snapshot_of(product, first_hour=first, hours=40)
    for step in steps:
        step()
        end = snapshot_of(product, first_hour=first, hours=40)
        told = increments_after(held.number, product_code=product).increments
        levels, _last = replayed(held, told)
        held = replace(held, levels=levels, number=told[-1].number if told else held.number)
        assert (held.number, levels) == (end.number, end.levels)
    again = increments_after(0, product_code=product).increments
    assert replayed(replace(end, levels=(), tape=()), again) == (end.levels, end.last_trade)
    return end


def halted(world: World) -> object:
    return halt_trading(scope="CHIP", subject_id=world.h100.pk, reason="test", now=world.now)


def change(world: World, order: Order, **changes: Any) -> object:
    order.refresh_from_db()
    facts = {"buyer_id": order.buyer_id, "order_id": order.pk, "version": order.version}
    return replace_order(**facts, **changes, now=world.now)


def reprice(world: World, listing: Listing, **changes: Any) -> object:
    listing.refresh_from_db()
    facts = {"seller_id": listing.seller_id, "listing_id": listing.pk, "version": listing.version}
    return reprice_listing(**facts, **changes, now=world.now)


@pytest.mark.parametrize("product", ["h100-sxm", "fp16"])
def test_changed_orders_listings_and_halts_are_followed_too(world: World, product: str) -> None:
    listing = world.listing(devices=16, price="1.95")
    order = world.order(amount=60, limit_micros=micros("1.20"), splittable=True)
    Member.objects.filter(pk=world.cast.dana.id).update(beneficial_owner="ada")
    changed, repriced = partial(change, world, order), partial(reprice, world, listing)

    end = followed(
        world,
        product,
        [
            lambda: changed(amount=50),
            lambda: repriced(devices=24),
            lambda: repriced(ask_micros=micros("1.90")),
            lambda: changed(limit_micros=micros("1.90")),  # meets the listing
            lambda: changed(amount=80),
            lambda: world.listing(devices=8, price="1.95", start=30, hours=2),
            lambda: world.order(  # gives up with its own owner's listing
                buyer_id=world.cast.dana.id,
                amount=6,
                earliest=world.hour(30),
                latest=world.hour(32),
                self_trade="DECREMENT",
            ),
            lambda: halted(world),
            lambda: cancel_order(buyer_id=order.buyer_id, order_id=order.pk, now=world.now),
            lambda: withdraw_listing(
                seller_id=listing.seller_id, listing_id=listing.pk, now=world.now
            ),
        ],
    )

    assert {run.side for run in end.levels} == {"SELL"}
    kinds = {event.kind for event in increments_after(0, product_code=product).increments}
    assert kinds >= {"ORDER_REPLACED", "LISTING_REPLACED", "REDUCED", "HALTED"}


def test_increments_come_in_pages_that_join(world: World) -> None:
    snapshots(world, "fp16")
    whole = increments_after(0, product_code="fp16").increments
    told: list[Increment] = []
    while (page := increments_after(len(told), product_code="fp16", limit=3)).increments:
        assert (len(page.increments) <= 3, page.last) == (True, last_number())
        told.extend(page.increments)

    assert tuple(told) == whole


def test_increments_name_nobody(world: World) -> None:
    snapshots(world, "fp16")
    names = [player.member.name for player in vars(world.cast).values() if hasattr(player, "id")]

    shown = repr(increments_after(0, product_code="fp16").increments)

    assert "TRADED" in shown
    assert not any(name in shown for name in names)


def test_a_number_that_the_market_has_not_reached_is_told_so(world: World) -> None:
    world.listing()

    with pytest.raises(FeedAhead):
        increments_after(last_number() + 1, product_code="fp16")


def test_a_number_too_far_back_is_told_where_to_start_again() -> None:
    within(after=7, last=7 + MOST_BACK)
    with pytest.raises(FeedGone) as refusal:
        within(after=7, last=8 + MOST_BACK)

    assert refusal.value.facts == {"first": 9}


def test_runs_join_hours_of_equal_quantity_and_part_where_they_differ() -> None:
    run = Run("SELL", 100, first_hour=5, hours=4, quantity=8)
    levels = Levels().add([run, replace(run, first_hour=7, hours=1, quantity=-3)])

    assert levels.runs(0, 100) == [
        replace(run, hours=2),
        replace(run, first_hour=7, hours=1, quantity=5),
        replace(run, first_hour=8, hours=1),
    ]
    assert levels.add([replace(run, quantity=-8)]).runs(0, 7) == []
