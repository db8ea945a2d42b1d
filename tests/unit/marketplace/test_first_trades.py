"""A listing and an order meet, whichever came first."""

import pytest

from ledger.queries import funds_of, hold_remaining
from marketplace.actions import cancel_order, withdraw_listing
from marketplace.domain.refusals import CapacityShort
from marketplace.models import CapacityDay, Listing, MarketEvent, Order, Trade
from marketplace.queries.holding import left_of_hold
from tests.world import World, micros


def test_an_order_takes_the_resting_listing_at_its_ask(world: World) -> None:
    deal = world.deal(devices=8, hours=2, price="1.85")

    assert deal.order.state == "FILLED"
    assert deal.trade.price_micros == micros("1.85")
    assert deal.trade.value_micros == micros("29.60")
    assert Listing.objects.get().state == "SOLD"
    assert hold_remaining(f"trade:{deal.trade.pk}") == micros("31.376")
    assert left_of_hold(deal.order) == 0


def test_a_listing_meets_a_resting_order_at_the_orders_limit(world: World) -> None:
    order = world.order(limit_micros=micros("2.00"))
    assert order.state == "OPEN"

    world.listing(price="1.50")

    trade = Trade.objects.get()
    assert trade.price_micros == micros("2.00")
    assert Order.objects.get().state == "FILLED"


def test_what_is_sold_is_contracted_and_no_longer_in_orders(world: World) -> None:
    world.listing(devices=10, hours=4)
    world.order(amount=8, hours=2)

    day = CapacityDay.objects.order_by("day")[0]
    slots = [(o, c) for o, c in zip(day.in_orders, day.contracted, strict=True) if o or c]
    assert slots == [(2, 8), (2, 8), (10, 0), (10, 0)]


def test_a_pool_sells_no_device_twice(world: World) -> None:
    world.listing(devices=60)

    with pytest.raises(CapacityShort) as refused:
        world.listing(devices=5)
    assert refused.value.facts["free"] == 4


def test_cancelling_gives_the_whole_hold_back(world: World) -> None:
    before = funds_of(world.cast.ben.id).available_micros
    order = world.order()
    assert funds_of(world.cast.ben.id).available_micros < before

    cancel_order(buyer_id=world.cast.ben.id, order_id=order.pk, now=world.now)

    assert funds_of(world.cast.ben.id).available_micros == before


def test_withdrawing_gives_the_devices_back_and_events_have_no_gap(world: World) -> None:
    listing = world.listing()
    withdraw_listing(seller_id=world.cast.ada.id, listing_id=listing.pk, now=world.now)

    assert not any(any(day.in_orders) for day in CapacityDay.objects.all())
    assert list(MarketEvent.objects.values_list("number", "kind")) == [
        (1, "LISTING_ACCEPTED"),
        (2, "LISTING_WITHDRAWN"),
    ]
