"""Many hands at once: the last devices are sold once, and money is never in two places."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, connections, transaction

from config.invariants import find_violations
from exchange.refusal import Refused
from marketplace.actions import cancel_order, withdraw_listing
from marketplace.actions.opening import Opening
from marketplace.models import CapacityDay, Listing, MarketEvent, Order, Trade
from tests.world import World, micros

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    """The tiny market, committed for real."""
    return World()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the works in threads that start together; refusals are answers too."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return work()
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def broken() -> list[str]:
    return [
        finding.invariant.code
        for finding in find_violations().findings
        if not finding.holds and finding.invariant.code.startswith(("M-", "L-"))
    ]


def test_twelve_buyers_of_the_last_two_hundred_devices_get_exactly_two_hundred(
    world: World,
) -> None:
    world.west_pool.devices = 200
    world.west_pool.save()
    world.listing(devices=200, hours=2, price="1.85")

    def buy_twice(number: int) -> list[int]:
        orders = [
            world.order(
                client_order_id=f"thread-{number}-{turn}",
                amount=10,
                splittable=True,
                chips_allowed=("h100-sxm",),
                time_in_force="IOC",
            )
            for turn in range(2)
        ]
        return [order.filled for order in orders]

    filled = at_once(*(lambda n=number: buy_twice(n) for number in range(12)))

    assert sum(sum(row) for row in filled) == 200
    assert sum(Trade.objects.values_list("devices", flat=True)) == 200
    assert max(max(day.contracted) for day in CapacityDay.objects.all()) == 200
    numbers = list(MarketEvent.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert broken() == []


def test_two_orders_for_the_last_device_are_not_both_filled(world: World) -> None:
    world.listing(devices=1, hours=2, price="1.85")

    orders = at_once(
        *(
            lambda player=player: world.order(buyer_id=player.id, client_order_id="last", amount=1)
            for player in (world.cast.ben, world.cast.dana)
        )
    )

    assert sorted(order.state for order in orders) == ["FILLED", "OPEN"]
    assert broken() == []


def test_a_cancel_and_a_fill_never_both_win(world: World) -> None:
    for turn in range(5):
        order = world.order(limit_micros=micros("2.00"))
        answers = at_once(
            lambda pk=order.pk: (
                cancel_order(buyer_id=world.cast.ben.id, order_id=pk, now=world.now).state
            ),
            lambda name=f"offer-{turn}": (
                world.listing(devices=8, hours=2, price="1.85", client_order_id=name).state
            ),
        )
        state = Order.objects.get(pk=order.pk).state
        traded = Trade.objects.filter(order=order).exists()
        assert (state, traded, answers[0]) in {
            ("CANCELLED", False, "CANCELLED"),
            ("FILLED", True, "E-STATE-01"),
        }
        for listing in Listing.objects.filter(state="OPEN"):
            withdraw_listing(seller_id=listing.seller_id, listing_id=listing.pk, now=world.now)
    assert broken() == []


def test_one_order_sent_by_six_hands_is_placed_once(world: World) -> None:
    orders = at_once(*(lambda: world.order(client_order_id="once") for _ in range(6)))

    assert len({order.pk for order in orders}) == 1
    assert Order.objects.count() == 1
    assert broken() == []


def test_one_pool_is_not_listed_twice_over(world: World) -> None:
    answers = at_once(
        *(
            lambda n=number: world.listing(devices=40, price="1.85", client_order_id=f"l{n}")
            for number in range(3)
        )
    )

    assert sorted(str(answer) for answer in answers)[0] == "E-CAP-01"
    assert Listing.objects.count() == 1
    assert broken() == []


def test_who_waits_too_long_for_the_market_is_told_that_it_is_busy(world: World) -> None:
    held, done = Event(), Event()

    def hold_the_market() -> str:
        with transaction.atomic():
            Opening([])
            held.set()
            done.wait(10)
        return "held"

    def hurry() -> Any:
        held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        try:
            return world.order()
        finally:
            done.set()

    assert at_once(hold_the_market, hurry) == ["held", "E-BUSY-01"]
    assert not Order.objects.exists()
