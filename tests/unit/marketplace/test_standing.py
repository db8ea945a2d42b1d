"""Who may trade: standing, halts, own ids, own listings, and the price collar."""

import pytest

from exchange.refusal import NotFound, Refused
from ledger.queries import funds_of
from marketplace.actions import (
    cancel_order,
    halt_trading,
    place_order,
    publish_listing,
    publish_reference_prices,
    resume_trading,
    withdraw_listing,
)
from marketplace.domain.refusals import (
    Halted,
    IdReused,
    MissingCapability,
    NotTrading,
    OutsideCollar,
    PoolNotYours,
)
from marketplace.models import Listing, Order, ReferencePrice, Trade
from tests.world import World, micros


def reference(world: World, price: str) -> None:
    ReferencePrice.objects.create(
        chip=world.h100, price_micros=micros(price), as_of=world.now, source="test"
    )


def test_a_suspended_member_neither_buys_nor_sells(world: World) -> None:
    world.listing(price="1.85")
    for player in (world.cast.ada, world.cast.ben):
        player.member.state = "SUSPENDED"
        player.member.save()

    with pytest.raises(NotTrading):
        world.listing()
    with pytest.raises(NotTrading):
        world.order()
    # Nor does what a suspended seller listed before trade.
    assert world.order(buyer_id=world.cast.dana.id).state == "OPEN"


def test_a_member_trades_only_on_the_side_it_was_admitted_to(world: World) -> None:
    with pytest.raises(MissingCapability):
        world.order(buyer_id=world.cast.ada.id)
    with pytest.raises(NotFound):
        world.order(buyer_id=10**9)


def test_somebody_elses_pool_cannot_be_listed(world: World) -> None:
    world.cast.dana.member.capabilities = ["SELLER"]
    world.cast.dana.member.save()

    with pytest.raises(PoolNotYours):
        publish_listing(
            seller_id=world.cast.dana.id,
            client_order_id="x",
            pool_id=world.west_pool.pk,
            devices=1,
            starts_at=world.hour(0),
            ends_at=world.hour(1),
            ask_micros=10_000,
            now=world.now,
        )


@pytest.mark.parametrize("scope", ["MARKET", "MEMBER"])
def test_a_halt_stops_orders_and_not_cancels(world: World, scope: str) -> None:
    order = world.order()
    subject = world.cast.ben.id if scope == "MEMBER" else None
    halt = halt_trading(scope=scope, subject_id=subject, reason="drill", now=world.now)

    with pytest.raises(Halted) as refused:
        world.order()
    assert refused.value.facts == {"scope": scope, "reason": "drill"}
    cancel_order(buyer_id=world.cast.ben.id, order_id=order.pk, now=world.now)

    resume_trading(halt_id=halt.pk, now=world.now)
    assert world.order().state == "OPEN"


def test_a_halted_chip_is_neither_listed_nor_bought(world: World) -> None:
    world.listing(price="1.85")
    halt_trading(scope="CHIP", subject_id=world.h100.pk, reason="recall", now=world.now)

    with pytest.raises(Halted):
        world.listing()
    assert world.order().state == "OPEN"
    assert world.listing(pool=world.east_pool, price="1.00").state == "SOLD" or Trade.objects.get()


def test_resting_orders_of_a_halted_member_wait(world: World) -> None:
    order = world.order()
    halt_trading(scope="MEMBER", subject_id=world.cast.ben.id, reason="drill", now=world.now)

    world.listing(price="1.00")

    assert Order.objects.get(pk=order.pk).state == "OPEN"


def test_an_id_means_one_content(world: World) -> None:
    first = world.order(client_order_id="mine")
    listing = world.listing(client_order_id="ours", price="9.00")

    assert world.order(client_order_id="mine").pk == first.pk
    assert world.listing(client_order_id="ours", price="9.00").pk == listing.pk
    with pytest.raises(IdReused):
        world.order(client_order_id="mine", amount=9)
    with pytest.raises(IdReused):
        world.listing(client_order_id="ours", price="9.01")
    # Another member may use the same id.
    assert world.order(client_order_id="mine", buyer_id=world.cast.dana.id).pk != first.pk


def test_a_repeated_order_is_answered_after_its_window_has_passed(world: World) -> None:
    request = world.request()
    facts = {"buyer_id": world.cast.ben.id, "client_order_id": "again", "request": request}
    first = place_order(**facts, now=world.now)

    assert place_order(**facts, now=world.hour(100)).pk == first.pk


def test_others_orders_and_listings_do_not_exist(world: World) -> None:
    order, listing = world.order(), world.listing(price="9.00")

    with pytest.raises(NotFound):
        cancel_order(buyer_id=world.cast.dana.id, order_id=order.pk, now=world.now)
    with pytest.raises(NotFound):
        withdraw_listing(seller_id=world.cast.dana.id, listing_id=listing.pk, now=world.now)


def test_what_has_ended_is_neither_cancelled_nor_withdrawn(world: World) -> None:
    deal = world.deal()

    for end in (
        lambda: cancel_order(buyer_id=world.cast.ben.id, order_id=deal.order.pk, now=world.now),
        lambda: withdraw_listing(
            seller_id=world.cast.ada.id, listing_id=deal.listing.pk, now=world.now
        ),
    ):
        with pytest.raises(Refused) as refused:
            end()
        assert refused.value.code == "E-STATE-01"


def same_owner(world: World) -> None:
    world.cast.ben.member.beneficial_owner = world.cast.ada.member.beneficial_owner
    world.cast.ben.member.save()


def test_an_order_that_would_meet_its_own_owner_is_cancelled(world: World) -> None:
    same_owner(world)
    before = funds_of(world.cast.ben.id)
    world.listing(price="1.85")

    order = world.order()

    assert order.state == "CANCELLED"
    assert order.events.last().facts == {"reason": "SELF_TRADE"}
    assert funds_of(world.cast.ben.id) == before
    assert not Trade.objects.exists()


def test_a_listing_that_would_meet_its_own_owner_is_withdrawn(world: World) -> None:
    same_owner(world)
    order = world.order()

    listing = world.listing(price="1.85")

    assert Listing.objects.get(pk=listing.pk).state == "WITHDRAWN"
    assert Order.objects.get(pk=order.pk).state == "OPEN"


def test_a_buy_far_above_the_reference_is_refused(world: World) -> None:
    reference(world, "1.00")

    with pytest.raises(OutsideCollar) as refused:
        world.order(limit_micros=micros("5.01"), chips_allowed=("h100-sxm",))
    assert refused.value.facts["bound_micros"] == micros("5.00")
    assert world.order(limit_micros=micros("5.00"), chips_allowed=("h100-sxm",)).state == "OPEN"
    with pytest.raises(OutsideCollar):
        world.order(
            unit="PFLOPS",
            amount=989_000,
            limit_micros=micros("5.06"),
            chips_allowed=("h100-sxm",),
        )


def test_a_buy_that_would_trade_above_the_narrow_collar_is_refused(world: World) -> None:
    reference(world, "1.00")
    world.listing(price="1.11")

    with pytest.raises(OutsideCollar) as refused:
        world.order()
    assert refused.value.facts["bound_micros"] == micros("1.10")
    world.listing(price="1.10")
    assert world.order().state == "FILLED"


def test_a_buy_takes_what_the_collar_allows_and_leaves_what_lies_beyond(world: World) -> None:
    reference(world, "1.00")
    beyond = world.listing(price="1.11", devices=8)
    within = world.listing(price="1.10", devices=8)

    order = world.order()

    assert order.state == "FILLED"
    assert {trade.listing_id for trade in order.trades.all()} == {within.pk}
    assert beyond.state == "OPEN"


def test_a_sell_far_below_the_reference_is_refused(world: World) -> None:
    reference(world, "1.00")

    with pytest.raises(OutsideCollar) as refused:
        world.listing(price="0.19")
    assert refused.value.field == "ask_micros"
    assert world.listing(price="0.20").state == "OPEN"


def test_a_sell_that_would_trade_below_the_narrow_collar_is_refused(world: World) -> None:
    reference(world, "1.00")
    world.order(limit_micros=micros("0.89"))

    with pytest.raises(OutsideCollar):
        world.listing(price="0.80")


def test_reference_prices_follow_the_last_trades_by_volume(world: World) -> None:
    world.deal(devices=8, hours=2, price="2.00")
    world.deal(devices=8, hours=6, price="1.00", start=5)

    assert publish_reference_prices(world.hour(0)) == 1
    assert ReferencePrice.objects.get().price_micros == micros("1.25")
    assert publish_reference_prices(world.hour(1)) == 0
