"""Twice before its end an auction says what it would come to; that binds nobody."""

from datetime import timedelta

import pytest

from marketplace.actions.auctions.indicating import indicate_prices
from marketplace.domain.auctions.gates import indication_due
from marketplace.models import Auction, AuctionIndication
from tests.unit.marketplace.auctions.day import buy, sell
from tests.world import World, micros


def test_it_is_told_an_hour_and_ten_minutes_before_the_gate_and_not_at_the_random_end(
    auction: Auction,
) -> None:
    due = [
        indication_due(
            auction.ends_by - timedelta(minutes=before),
            ends_from=auction.ends_from,
            ends_by=auction.ends_by,
        )
        for before in (61, 60, 11, 10, 3, 2, 0)
    ]
    assert due == [0, 1, 1, 2, 2, 0, 0]


def test_prices_and_what_would_be_sold_are_told_by_node_and_name_nobody(
    world: World, auction: Auction
) -> None:
    buy(world, auction)
    sell(world, auction)
    assert indicate_prices(auction.ends_by - timedelta(hours=2)) == 0

    assert indicate_prices(auction.ends_by - timedelta(minutes=55)) == 1
    assert indicate_prices(auction.ends_by - timedelta(minutes=40)) == 0

    told = AuctionIndication.objects.get()
    assert (told.number, told.orders, told.offers) == (1, 1, 1)
    (node,) = told.nodes
    assert told.nodes[node]["chip"] == "h100-sxm"
    assert len(told.prices[node]) == 24
    assert min(told.prices[node]) >= micros("1.85")
    assert told.device_hours == {node: 16}
    assert "seller" not in str(told.nodes)


@pytest.mark.parametrize("side", ["buy", "sell", "nobody"])
def test_where_one_side_is_missing_nothing_would_be_sold(
    world: World, auction: Auction, side: str
) -> None:
    if side == "buy":
        buy(world, auction)
    elif side == "sell":
        sell(world, auction)
    assert indicate_prices(auction.ends_by - timedelta(minutes=9)) == 1
    told = AuctionIndication.objects.get()
    # The first was missed and is not made up for.
    assert (told.number, told.prices, told.device_hours) == (2, {}, {})
