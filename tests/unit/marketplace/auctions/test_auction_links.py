"""Links go into a frozen book with what they have free, and come back where they are not sold."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from exchange.window import HOUR
from marketplace.actions import auctions as do
from marketplace.actions import halt_trading
from marketplace.actions.auctions.publishing import fail
from marketplace.domain.auctions.entries import OrderSent
from marketplace.models import (
    Auction,
    AuctionLink,
    LinkDay,
    Order,
)
from marketplace.queries import auctions as ask
from marketplace.queries.auctions.links import links_for
from tests.unit.marketplace.auctions.day import block, buy, cleared, refused
from tests.unit.marketplace.auctions.linked import (
    LINKED,
    broken,
    change,
    frozen,
    in_auctions,
    sell,
)
from tests.world import World, micros


def test_what_orders_can_use_of_a_link_goes_in_with_the_frozen_book(
    world: World, auction: Auction
) -> None:
    buy(world, auction, **LINKED)
    either = [block(**LINKED | {"link_gbps": 20}), block(**LINKED | {"link_gbps": 5})]
    buy(world, auction, "b2", bids=either)
    sell(world, auction)
    assert in_auctions() == 0

    frozen(auction)

    (row,) = AuctionLink.objects.all()
    # Ten, of two alternatives the wider, and one more: what is not scarce must not look so.
    assert (row.gbps, row.first_hour, row.hours) == (31, 0, 24)
    assert in_auctions() == 31 * 24
    book = json.loads(bytes(auction.files.get(name="book.json").content))
    assert book["links"][0]["gbps"] == 31
    assert ask.salt_of(auction, world.cast.gwen.id) is not None
    assert broken() == []


def test_what_stands_in_an_auction_is_nobodys_on_the_continuous_market(
    world: World, auction: Auction
) -> None:
    change(world, capacity_gbps=15)
    buy(world, auction, **LINKED)
    sell(world, auction)
    frozen(auction)
    first = (auction.starts_at - world.hour(0)) // HOUR
    world.listing(pool=world.east_pool, devices=32, start=first, hours=2)
    window = {"earliest": auction.starts_at, "latest": auction.starts_at + 2 * HOUR}
    asks = {"city": "shanghai", "limit_micros": micros("9"), "time_in_force": "IOC", **window}

    wide = world.order(link_gbps=10, **asks)
    narrow = world.order(link_gbps=4, **asks)

    assert (wide.state, narrow.state) == ("CANCELLED", "FILLED")
    with pytest.raises(IntegrityError, match="link_is_not_oversold"), transaction.atomic():
        LinkDay.objects.update(sold_gbps=[6] * 24)
    # A carrier may not take back what stands there either.
    assert refused(lambda: change(world, capacity_gbps=14)) == ("E-RANGE-01", "capacity_gbps")


def test_what_is_sold_already_does_not_go_in(world: World, auction: Auction) -> None:
    change(world, capacity_gbps=15)
    first = (auction.starts_at - world.hour(0)) // HOUR
    world.linked_deal(start=first + 3)
    buy(world, auction, **LINKED | {"latest": 24})
    sell(world, auction)

    frozen(auction)

    rows = [(row.first_hour, row.hours, row.gbps) for row in AuctionLink.objects.all()]
    assert rows == [(0, 3, 11), (3, 2, 5), (5, 19, 11)]
    assert broken() == []


def test_an_auction_that_fails_gives_all_links_back(world: World, auction: Auction) -> None:
    buy(world, auction, **LINKED)
    sell(world, auction)
    frozen(auction)
    fail(auction, auction.ends_by)
    assert in_auctions() == 0
    assert broken() == []


def test_a_link_stays_out_where_it_is_of_no_use_or_may_not_sell(
    world: World, auction: Auction
) -> None:
    buy(world, auction, **LINKED)
    assert links_for(auction) == []  # nothing is offered in its zone
    sell(world, auction)
    assert len(links_for(auction)) == 1
    gwen = world.cast.gwen.member
    for wrong in ({"state": "SUSPENDED"}, {"capabilities": []}, {"beneficial_owner": "ben"}):
        with transaction.atomic():
            for name, value in wrong.items():
                setattr(gwen, name, value)
            gwen.save()
            assert links_for(auction) == []
            transaction.set_rollback(True)
        gwen.refresh_from_db()
    for facts in ({"active": False}, {"price_micros_per_gbps_hour": micros("51")}):
        with transaction.atomic():
            change(world, **facts)
            assert links_for(auction) == []
            transaction.set_rollback(True)
    halt_trading(scope="MEMBER", subject_id=gwen.pk, reason="system:drill", now=world.now)
    assert links_for(auction) == []


def test_without_orders_that_ask_for_one_no_link_goes_in(world: World, auction: Auction) -> None:
    buy(world, auction)
    sell(world, auction)
    cleared(auction)
    assert not AuctionLink.objects.exists()
    assert "links" not in json.loads(bytes(auction.files.get(name="book.json").content))


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"requires": {"max_rtt_us": 20_000}}, "E-AUCTION-16", "max_rtt_us"),
        ({"city": ""}, "E-AUCTION-17", "city"),
        ({"kind": "DIVISIBLE"}, "E-AUCTION-17", "link_gbps"),
        ({"link_gbps": -1}, "E-AUCTION-17", "link_gbps"),
    ],
)
def test_a_link_that_cannot_be_asked_for_is_refused_by_its_field(
    world: World, auction: Auction, more: dict[str, Any], code: str, field: str
) -> None:
    assert refused(lambda: buy(world, auction, **LINKED | more)) == (code, field)


def test_a_rejected_order_goes_on_with_its_link(world: World, auction: Auction) -> None:
    do.enter_order(
        auction_id=auction.pk,
        member_id=world.cast.ben.id,
        client_order_id="r1",
        sent=OrderSent(bids=[block(**LINKED, move_gb=4)], rolls=True),
        now=world.now,
    )
    cleared(auction)

    assert do.roll_rejected(world.now) == 1

    rolled = Order.objects.get()
    assert (rolled.link_gbps, rolled.move_gb, rolled.state) == (10, 4, "OPEN")


def test_near_the_end_a_narrower_link_is_no_improvement(world: World, auction: Auction) -> None:
    order = buy(world, auction, **LINKED)
    do.advance_auctions(auction.no_cancel_at)
    narrower = OrderSent(bids=[block(**LINKED | {"link_gbps": 5})])
    call = {"order_id": order.pk, "member_id": world.cast.ben.id, "version": 1}
    assert refused(lambda: do.change_order(sent=narrower, now=auction.no_cancel_at, **call)) == (
        "E-AUCTION-12",
        "link_gbps",
    )


def test_a_link_in_a_book_is_history(world: World, auction: Auction) -> None:
    buy(world, auction, **LINKED)
    sell(world, auction)
    frozen(auction)
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE marketplace_auctionlink SET gbps = 1")
