"""How long an order lives, and how much of it must be filled at once."""

from datetime import timedelta

from ledger.queries import funds_of
from marketplace.actions import expire_due
from marketplace.models import CapacityDay, Listing, Order
from marketplace.queries.holding import left_of_hold
from tests.cast import NOON
from tests.world import World, micros


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_an_immediate_order_takes_what_there_is_and_cancels_the_rest(world: World) -> None:
    world.listing(devices=4, price="1.85")

    order = world.order(time_in_force="IOC", splittable=True)

    assert (order.state, order.filled) == ("CANCELLED", 4)
    assert left_of_hold(order) == 0
    assert funds_of(world.cast.ben.id).order_holds_micros == 0


def test_fill_or_kill_takes_all_or_nothing(world: World) -> None:
    world.listing(devices=4, price="1.85")

    assert world.order(time_in_force="FOK", splittable=True).filled == 0
    world.listing(devices=4, price="1.90")
    assert world.order(time_in_force="FOK", splittable=True).state == "FILLED"


def test_the_rest_of_a_split_order_waits_and_keeps_to_its_start(world: World) -> None:
    world.listing(devices=4, start=0, hours=6, price="1.85")
    order = world.order(splittable=True)
    assert (order.state, order.filled) == ("PARTLY_FILLED", 4)

    world.listing(devices=4, start=2, hours=6, price="1.50")
    assert state(order) == "PARTLY_FILLED"
    world.listing(devices=4, start=0, hours=6, price="1.50")

    assert state(order) == "FILLED"
    assert {trade.starts_at for trade in order.trades.all()} == {world.hour(0)}


def test_the_improvement_comes_back_when_the_order_ends(world: World) -> None:
    before = funds_of(world.cast.ben.id).available_micros
    world.listing(price="1.00")

    world.order(limit_micros=micros("2.00"))

    assert before - funds_of(world.cast.ben.id).available_micros == micros("16.96")


def test_a_day_order_ends_with_the_delivery_day(world: World) -> None:
    order = world.order(time_in_force="DAY", latest=world.hour(48))

    assert expire_due(NOON + timedelta(hours=11, minutes=59)) == 0
    assert expire_due(NOON + timedelta(hours=12)) == 1
    assert state(order) == "EXPIRED"


def test_a_dated_order_ends_with_its_date_whoever_comes_next(world: World) -> None:
    order = world.order(time_in_force="GTD", expires_at=world.now + timedelta(minutes=5))
    world.now += timedelta(minutes=5)

    world.listing(price="1.85", start=1)

    assert state(order) == "EXPIRED"
    assert order.events.last().facts == {"reason": "EXPIRY"}


def test_an_order_expires_when_no_start_is_left(world: World) -> None:
    order = world.order(earliest=world.hour(0), latest=world.hour(3))

    # Starts at hour 0 or 1; trading of hour 1 closes an hour before it.
    assert expire_due(world.hour(0) - timedelta(seconds=1)) == 0
    assert expire_due(world.hour(0)) == 1
    assert order.events.last().facts == {"reason": "GATE_CLOSED"}
    assert funds_of(world.cast.ben.id).order_holds_micros == 0


def test_the_rest_of_a_split_order_expires_with_the_gate_of_its_start(world: World) -> None:
    world.listing(devices=4, start=2, hours=6, price="1.85")
    order = world.order(splittable=True)

    assert expire_due(world.hour(1) - timedelta(seconds=1)) == 0
    assert expire_due(world.hour(1)) == 1
    assert state(order) == "EXPIRED"
    assert funds_of(world.cast.ben.id).order_holds_micros == 0


def test_a_listing_expires_with_its_last_open_hour_and_frees_its_devices(world: World) -> None:
    listing = world.listing(hours=3)

    assert expire_due(world.hour(1) - timedelta(seconds=1)) == 0
    assert expire_due(world.hour(1)) == 1
    assert Listing.objects.get(pk=listing.pk).state == "EXPIRED"
    assert not any(any(day.in_orders) for day in CapacityDay.objects.all())
    assert expire_due(world.hour(1)) == 0


def test_hours_whose_gate_has_closed_are_not_sold(world: World) -> None:
    world.listing(hours=3, price="1.85")
    world.now = world.hour(0)

    order = world.order(hours=1, earliest=world.hour(0), latest=world.hour(20))

    assert order.trades.get().starts_at == world.hour(2)


def test_a_budget_caps_the_hold_and_the_price(world: World) -> None:
    world.listing(price="1.85")

    poor = world.order(budget_micros=micros("31.37"))
    rich = world.order(budget_micros=micros("31.376"))

    assert (poor.state, poor.held_micros) == ("OPEN", micros("31.37"))
    assert rich.state == "FILLED"
