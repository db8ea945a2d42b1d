"""A rejected order that wishes it goes on in the continuous market, once."""

from typing import Any

import pytest

from exchange.window import HOUR
from ledger.queries import funds_of
from marketplace.actions import auctions as do
from marketplace.actions import halt_trading, resume_trading
from marketplace.domain.auctions.entries import OrderSent
from marketplace.models import Auction, Order, Trade
from tests.unit.marketplace.auctions.day import block, cleared, refused
from tests.world import World, micros


def rolling(world: World, auction: Auction, own_id: str = "r1", **more: Any) -> Any:
    return do.enter_order(
        auction_id=auction.pk,
        member_id=world.cast.ben.id,
        client_order_id=own_id,
        sent=OrderSent(bids=[block(**more)], rolls=True),
        now=world.now,
    )


def test_it_meets_what_is_listed_with_its_own_limit_and_window(
    world: World, auction: Auction
) -> None:
    order = rolling(world, auction, requires={"min_memory_gb": 80}, earliest=2, latest=8)
    first = (auction.starts_at - world.hour(0)) // HOUR
    world.listing(start=first, hours=8, price="2.00")
    cleared(auction)
    order.refresh_from_db()
    assert order.state == "REJECTED"

    assert do.roll_rejected(world.now) == 1
    assert do.roll_rejected(world.now) == 0

    rolled = Order.objects.get()
    order.refresh_from_db()
    assert order.rolled == rolled
    assert rolled.client_order_id == f"auction:{auction.code}:R{order.arrival}"
    assert (rolled.limit_micros, rolled.min_memory_gb) == (micros("5"), 80)
    trade = Trade.objects.get()
    assert trade.starts_at >= auction.starts_at
    assert trade.price_micros == micros("2")


def test_without_the_wish_and_in_a_halt_nothing_is_placed(world: World, auction: Auction) -> None:
    before = funds_of(world.cast.ben.id)
    rolling(world, auction)
    cleared(auction)
    halt = halt_trading(scope="MARKET", subject_id=None, reason="system:drill", now=world.now)
    assert do.roll_rejected(world.now) == 0
    assert funds_of(world.cast.ben.id) == before
    resume_trading(halt_id=halt.pk, now=world.now)
    assert do.roll_rejected(world.now) == 1


def test_hours_that_have_closed_end_the_wish_and_say_why(world: World, auction: Auction) -> None:
    order = rolling(world, auction)
    cleared(auction)
    assert do.roll_rejected(auction.starts_at.replace(year=2027)) == 0
    order.refresh_from_db()
    assert order.roll_refused.startswith("E-")
    assert do.roll_rejected(world.now) == 0


@pytest.mark.parametrize(
    "bids",
    [
        [block(), block(hours=3)],
        [{"kind": "DIVISIBLE", "steps": [[micros("5"), 4], [micros("2"), 4]], "hours": 2}],
        [{"kind": "PROFILE", "profile": [4, 2], "limit_micros": micros("5")}],
    ],
)
def test_what_the_continuous_market_cannot_say_does_not_roll(
    world: World, auction: Auction, bids: Any
) -> None:
    sent = OrderSent(bids=bids, rolls=True)
    call = {"auction_id": auction.pk, "member_id": world.cast.ben.id, "client_order_id": "r"}
    assert refused(lambda: do.enter_order(**call, sent=sent, now=world.now)) == (
        "E-AUCTION-17",
        "rolls",
    )
