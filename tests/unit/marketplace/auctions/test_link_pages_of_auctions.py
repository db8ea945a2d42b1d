"""A link asked for from the auction's pages, shown with its price, and seen by its carrier."""

import pytest

from marketplace.actions import auctions as do
from marketplace.models import Auction, AuctionOrder, Order
from tests.unit.marketplace.auctions.day import buy, cleared
from tests.unit.marketplace.auctions.linked import LINKED, sell
from tests.unit.marketplace.auctions.visiting import ANSWERS, Visitor, at, home, text
from tests.world import World

WITH_LINK = {**ANSWERS, "city": "shanghai", "rtt": "", "link": "10", "move": "40"}


def test_a_buyer_asks_for_a_link_and_finds_it_in_the_form_again(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    ben, form = visitor(world.cast.ben), f"{home(auction)}order/"
    stated = text(ben, form, data=WITH_LINK)
    # The limit is landed: with a link it holds no more.
    assert "Place order, hold ¥ 84.80" in stated
    assert "10\u00a0Gbit/s + 40 GB moved once" in ben.get(form, WITH_LINK).content.decode()

    placed = ben.post(form, {**WITH_LINK, "client_order_id": "web-1"})

    assert placed.status_code == 302
    (order,) = AuctionOrder.objects.all()
    bid = order.bids[0]
    assert (bid["link_gbps"], bid["move_gb"], bid["city"]) == (10, 40, "shanghai")
    again = text(ben, f"/auction-orders/{order.pk}/")
    assert 'name="link" value="10"' in again
    assert 'name="move" value="40"' in again


@pytest.mark.parametrize(
    ("answers", "field"), [({"rtt": "30"}, "max_rtt_us"), ({"link": "-1"}, "link")]
)
def test_a_link_that_cannot_be_had_is_said_at_its_field(
    world: World, visitor: Visitor, auction: Auction, answers: dict[str, str], field: str
) -> None:
    answer = visitor(world.cast.ben).post(f"{home(auction)}order/", {**WITH_LINK, **answers})
    assert answer.status_code == 422
    assert field in answer.content.decode()
    assert not AuctionOrder.objects.exists()


def test_a_divisible_order_has_no_link(world: World, visitor: Visitor, auction: Auction) -> None:
    form = f"{home(auction)}order/"
    visitor(world.cast.ben).post(form, {**WITH_LINK, "kind": "DIVISIBLE"})
    (order,) = AuctionOrder.objects.all()
    assert "link_gbps" not in order.bids[0]


def told(world: World, auction: Auction) -> None:
    buy(world, auction, **LINKED)
    sell(world, auction)
    cleared(auction)
    do.trade_awards(world.now)
    at(auction.ends_by)


def test_what_the_link_costs_and_who_carries_is_shown(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    told(world, auction)
    ben = visitor(world.cast.ben)
    assert "of it ¥ 20.00 for the link" in text(ben, home(auction))
    page = text(ben, f"{home(auction)}orders/1/")
    assert "Who carries it" in page
    assert "1 · wuhu → shanghai" in page
    order = text(ben, f"/orders/{Order.objects.get().pk}/")
    assert "Landed: devices and link, net" in order
    assert "¥ 20.00" in order


def test_a_carrier_sees_what_of_its_link_which_auction_sold_and_nobody_elses(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    told(world, auction)
    page = text(visitor(world.cast.gwen), "/links/")
    assert f'<a href="{home(auction)}">{auction.code}</a>' in page
    assert "Sold, Gbit/s-hours" in page
    dana = world.cast.dana.member
    dana.capabilities = ["CARRIER"]
    dana.save()
    assert auction.code not in text(visitor(world.cast.dana), "/links/")


def test_in_chinese_the_words_are_chinese(world: World, visitor: Visitor, auction: Auction) -> None:
    told(world, auction)
    gwen = visitor(world.cast.gwen)
    page = gwen.get("/links/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "在集合竞价中" in page
    assert "In auctions" not in page
