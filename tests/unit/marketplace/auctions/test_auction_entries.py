"""Orders and offers come, change and go by the phase; devices are never for sale twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.queries import funds_of
from marketplace.actions import auctions as do
from marketplace.domain.auctions.entries import OrderSent
from marketplace.domain.auctions.gates import random_end
from marketplace.models import Auction, AuctionOrder
from marketplace.queries import auctions as ask
from tests.trading import Trading
from tests.unit.marketplace.auctions.day import block, buy, curve, refused, sell
from tests.world import World, micros


def test_auctions_open_ahead_once_and_by_the_market_clock(world: World) -> None:
    assert do.open_auctions(world.now) >= 1
    assert do.open_auctions(world.now) == 0
    for auction in Auction.objects.all():
        assert auction.opens_at <= world.now < auction.no_cancel_at


def test_an_order_holds_its_dearest_alternative_with_vat_once(
    world: World, auction: Auction
) -> None:
    before = funds_of(world.cast.ben.id)
    order = buy(world, auction, bids=[block(), block(hours=3)])
    again = buy(world, auction, bids=[block(), block(hours=3)])
    after = funds_of(world.cast.ben.id)
    assert again.pk == order.pk
    assert order.held_micros == 8 * 3 * micros("5") * 106 // 100
    assert before.available_micros - after.available_micros == order.held_micros
    assert refused(lambda: buy(world, auction, hours=1)) == ("E-IDEM-01", "client_order_id")
    do.cancel_order(order_id=order.pk, member_id=world.cast.ben.id, now=world.now)
    assert funds_of(world.cast.ben.id) == before


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "PILE"}, "book"),
        ({"latest": 25}, "latest"),
        ({"limit_micros": 15}, "limit_micros"),
        ({"amount": 0}, "amount"),
        ({"city": "shanghai", "link_gbps": -1}, "link_gbps"),
    ],
)
def test_what_the_format_refuses_is_refused_by_field(
    world: World, auction: Auction, more: dict[str, Any], field: str
) -> None:
    code, at = refused(lambda: buy(world, auction, **more))
    assert code == "E-AUCTION-17"
    assert at == field or field == "book"
    assert not AuctionOrder.objects.exists()


def test_another_member_sees_and_changes_nothing(world: World, auction: Auction) -> None:
    order, offer = buy(world, auction), sell(world, auction)
    other = world.cast.gwen.id
    now = world.now
    assert refused(lambda: do.cancel_order(order_id=order.pk, member_id=other, now=now))[0] == (
        "E-NOT-FOUND"
    )
    assert refused(lambda: do.cancel_offer(offer_id=offer.pk, member_id=other, now=now))[0] == (
        "E-NOT-FOUND"
    )
    assert not ask.orders_in(auction, other).exists()


def test_near_the_end_entries_only_improve(world: World, auction: Auction) -> None:
    order, offer = buy(world, auction), sell(world, auction)
    world.now = auction.no_cancel_at
    ben, ada = world.cast.ben.id, world.cast.ada.id

    def change(**more: Any) -> Any:
        return do.change_order(
            order_id=order.pk,
            member_id=ben,
            version=1,
            sent=OrderSent(bids=[block(**more)]),
            now=world.now,
        )

    def recurve(*steps: tuple[int, int]) -> Any:
        return do.change_offer(
            offer_id=offer.pk, member_id=ada, version=1, sent=curve(world, *steps), now=world.now
        )

    assert refused(lambda: do.cancel_order(order_id=order.pk, member_id=ben, now=world.now)) == (
        "E-AUCTION-12",
        "state",
    )
    assert refused(lambda: change(limit_micros=micros("4"))) == ("E-AUCTION-12", "limit_micros")
    assert refused(lambda: change(hours=1)) == ("E-AUCTION-12", "hours")
    assert refused(lambda: recurve((micros("1.86"), 16))) == ("E-AUCTION-12", "steps")
    assert refused(lambda: recurve((micros("1.85"), 15))) == ("E-AUCTION-12", "steps")
    assert change(limit_micros=micros("6")).held_micros == 16 * micros("6") * 106 // 100
    assert recurve((micros("1.80"), 8), (micros("1.85"), 20)).devices == 28


def test_the_random_end_is_drawn_late_and_can_be_worked_out_from_the_seed(
    world: World, auction: Auction
) -> None:
    assert not auction.seed
    do.advance_auctions(auction.no_cancel_at)
    auction.refresh_from_db()
    assert auction.state == "NO_CANCEL"
    assert ask.seed_of(auction) == ("", None), "told to nobody yet"
    assert auction.ended_at is not None
    world.now = auction.ended_at
    assert refused(lambda: buy(world, auction))[0] == "E-AUCTION-11", "the clock, not the sweeper"
    do.advance_auctions(auction.ended_at)
    auction.refresh_from_db()
    assert auction.state == "CLEARING"
    seed, ended_at = ask.seed_of(auction)
    drawn = random_end(auction.code, seed, auction.ends_from, auction.ends_by)
    assert drawn == ended_at
    assert auction.ends_from <= drawn <= auction.ends_by


def test_the_same_devices_are_never_for_sale_in_two_places(trading: Trading) -> None:
    world = trading.world
    do.open_auctions(world.now)
    auction = Auction.objects.filter(kind="DAY_AHEAD").latest("starts_at")
    hours = {"starts_at": auction.starts_at, "ends_at": auction.starts_at + timedelta(hours=2)}
    offer = sell(world, auction, "s1", (micros("1.85"), 60))
    assert trading.take(trading.sell(devices=8, **hours))[0].refused == "CapacityShort"
    assert trading.take(trading.sell(devices=4, **hours))[0].id
    assert refused(lambda: sell(world, auction, "s2", (micros("2"), 1))) == ("E-CAP-01", "devices")
    do.cancel_offer(offer_id=offer.pk, member_id=world.cast.ada.id, now=world.now)
    assert trading.take(trading.sell(devices=60, **hours))[0].id, "the engine is told"


def test_the_database_itself_refuses_devices_that_are_sold_twice(
    world: World, auction: Auction
) -> None:
    sell(world, auction, "s1", (micros("1.85"), 60))
    with (
        pytest.raises(IntegrityError, match="capacity_is_not_oversold"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE marketplace_capacityday SET in_orders = array_fill(5, ARRAY[24])")
