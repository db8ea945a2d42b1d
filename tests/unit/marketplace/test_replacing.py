"""What changes with a replacement: the hold to the micro, the place in time, and what is told."""

from ledger.queries import funds_of
from marketplace.actions import replace_order, reprice_listing
from marketplace.models import CapacityDay, MarketEvent, Order
from marketplace.queries.holding import left_of_hold
from tests.world import World, micros


def held(order: Order) -> int:
    return left_of_hold(order)


def replaced(world: World, order: Order, **changes: int) -> Order:
    return replace_order(
        buyer_id=order.buyer_id, order_id=order.pk, version=order.version, now=world.now, **changes
    )


def test_a_partly_filled_order_holds_what_it_has_not_spent(world: World) -> None:
    world.listing(devices=4, price="1.85")
    order = world.order(splittable=True)
    spent = order.trades.get().held_micros
    assert held(order) == order.held_micros - spent

    order = replaced(world, order, amount=6)

    # Six devices for two hours at ¥ 2.00, with 6 % VAT.
    assert order.held_micros == micros("25.44")
    assert held(order) == micros("25.44") - spent
    assert funds_of(world.cast.ben.id).order_holds_micros == held(order)
    order = replaced(world, order, limit_micros=micros("2.10"))
    assert held(order) == micros("26.712") - spent


def test_only_a_smaller_amount_keeps_the_place_in_time(world: World) -> None:
    order = world.order()
    smaller = replaced(world, order, amount=6)
    assert (smaller.arrival, smaller.version) == (order.arrival, 2)

    dearer = replaced(world, smaller, limit_micros=micros("2.01"))
    assert dearer.arrival > smaller.arrival


def test_the_life_of_an_order_says_what_was_before(world: World) -> None:
    order = world.order()

    replaced(world, order, amount=6)

    told = MarketEvent.objects.get(kind="ORDER_REPLACED").facts
    assert (told["was_amount"], told["amount"]) == (8, 6)
    assert told["was_limit_micros"] == told["limit_micros"] == micros("2.00")
    assert told["kept_place"] is True


def test_the_life_of_a_listing_says_what_was_before(world: World) -> None:
    listing = world.listing(hours=2)

    changed = reprice_listing(
        seller_id=listing.seller_id,
        listing_id=listing.pk,
        version=1,
        devices=10,
        ask_micros=micros("1.90"),
        now=world.now,
    )

    assert (changed.devices, changed.free, changed.version) == (10, [10, 10], 2)
    told = MarketEvent.objects.get(kind="LISTING_REPLACED").facts
    assert (told["was_devices"], told["devices"]) == (8, 10)
    assert (told["was_ask_micros"], told["ask_micros"]) == (micros("1.85"), micros("1.90"))
    assert told["free"] == [10, 10]
    assert told["kept_place"] is False
    assert max(max(day.in_orders) for day in CapacityDay.objects.all()) == 10
