"""Orders and offers from the auction's pages: stated, entered, changed, ended, never another's."""

import re

import pytest

from ledger.queries import funds_of
from marketplace.models import Auction, AuctionOffer, AuctionOrder
from tests.unit.marketplace.auctions.day import block, buy, sell
from tests.unit.marketplace.auctions.visiting import ANSWERS, Visitor, home, text
from tests.world import World, micros


def test_a_stranger_sees_the_next_gate_and_is_asked_to_sign_in(
    visitor: Visitor, auction: Auction
) -> None:
    stranger = visitor(None)

    assert "Next gate: Day-ahead auction" in text(stranger, "/auctions/")
    page = text(stranger, home(auction))
    assert "Sign in to take part" in page
    assert "Your orders" not in page
    for form in ("order", "offer"):
        assert stranger.get(f"{home(auction)}{form}/").status_code == 302


def test_without_an_auction_the_list_says_what_will_be_there(
    world: World, visitor: Visitor
) -> None:
    assert "No auction yet" in text(visitor(None), "/auctions/")
    assert "None of this kind" in text(visitor(None), "/auctions/?kind=WEEKLY")
    assert visitor(None).get("/auctions/DA-1999-01-01/").status_code == 404


def test_a_buyer_states_a_need_sees_what_it_holds_and_orders(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    ben, form = visitor(world.cast.ben), f"{home(auction)}order/"
    first = text(ben, form)
    assert "Write a limit" in first
    assert "Place order" not in first

    assert "Place order, hold ¥ 84.80" in text(ben, form, data=ANSWERS)
    placed = ben.post(form, {**ANSWERS, "client_order_id": "web-1"})
    twice = ben.post(form, {**ANSWERS, "client_order_id": "web-1"})

    assert (placed.status_code, placed["Location"], twice.status_code) == (302, home(auction), 302)
    (order,) = AuctionOrder.objects.all()
    assert order.held_micros == micros("84.80")
    assert order.bids[0]["requires"] == {"firmness": ["FIRM"]}
    assert "8 devices for 2 h" in text(ben, home(auction))
    assert "8 devices for 2 h" not in text(visitor(world.cast.dana), home(auction))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"limit": ""}, "Say the most that you pay"),
        ({"hours": "30"}, "latest"),
        ({"latest": "2026-11-23T10:00"}, "Write a whole hour of this auction."),
        ({"kind": "DIVISIBLE", "curve": "8.00 many"}, "is no price and amount"),
        ({"kind": "DIVISIBLE", "curve": "8.00 1.5"}, "Devices are whole."),
        ({"kind": "DIVISIBLE", "curve": "6.00 8\n8.00 8"}, "steps"),
        ({"limit": "9000000.00", "amount": "900"}, "limit_micros"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_is_entered(
    world: World, visitor: Visitor, auction: Auction, answers: dict[str, str], said: str
) -> None:
    before = funds_of(world.cast.ben.id)

    answer = visitor(world.cast.ben).post(f"{home(auction)}order/", {**ANSWERS, **answers})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not AuctionOrder.objects.exists()
    assert funds_of(world.cast.ben.id) == before


def test_a_curve_in_petaflops_becomes_steps_and_fills_the_form_again(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    ben = visitor(world.cast.ben)
    curve = {"kind": "DIVISIBLE", "unit": "PFLOPS", "limit": "", "fill": "25"}

    ben.post(f"{home(auction)}order/", {**ANSWERS, **curve, "curve": "8.00 1.5\n6.00 2"})

    (order,) = AuctionOrder.objects.all()
    bid = order.bids[0]
    assert bid["steps"] == [[micros("8"), 1_500_000], [micros("6"), 2_000_000]]
    assert (bid["min_fill_bp"], "limit_micros" in bid) == (2_500, False)
    page = text(ben, f"/auction-orders/{order.pk}/")
    assert "8.00 1.5 6.00 2" in page
    assert 'value="25.00"' in page


def test_an_order_is_changed_from_its_page_and_another_version_is_refused(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    ben, order = visitor(world.cast.ben), buy(world, auction)
    address = f"/auction-orders/{order.pk}/"
    assert 'name="limit" value="5.00"' in text(ben, address)

    changed = ben.post(address, {**ANSWERS, "limit": "4.00", "version": "1"})
    stale = ben.post(address, {**ANSWERS, "limit": "3.00", "version": "1"})

    assert (changed.status_code, stale.status_code) == (302, 422)
    order.refresh_from_db()
    assert (order.bids[0]["limit_micros"], order.version) == (micros("4"), 2)
    assert ben.post(f"{address}cancel/").status_code == 302
    order.refresh_from_db()
    assert order.state == "CANCELLED"


def test_an_order_that_says_more_than_the_form_is_left_to_the_api(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    order = buy(world, auction, bids=[block(), block(latest=12)])
    ben, address = visitor(world.cast.ben), f"/auction-orders/{order.pk}/"

    assert "change it by the API" in text(ben, address, data={**ANSWERS})
    assert ben.post(address, {**ANSWERS, "version": "1"}).status_code == 422
    order.refresh_from_db()
    assert (order.version, len(order.bids)) == (1, 2)


@pytest.mark.parametrize("who", ["dana", "ada", "finn"])
def test_nobody_opens_or_ends_anothers_entry(
    world: World, visitor: Visitor, auction: Auction, who: str
) -> None:
    order, offer = buy(world, auction), sell(world, auction)
    if who == "ada":  # whose the offer is
        offer = AuctionOffer(pk=offer.pk + 1)
    stranger = visitor(getattr(world.cast, who))
    for entry in (f"/auction-orders/{order.pk}/", f"/auction-offers/{offer.pk}/"):
        assert stranger.get(entry).status_code == 404
        assert stranger.post(entry, ANSWERS).status_code == 404
        assert stranger.post(f"{entry}cancel/").status_code == 404


def test_a_seller_offers_a_curve_changes_and_takes_it_back(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    ada, form = visitor(world.cast.ada), f"{home(auction)}offer/"
    page = text(ada, form)
    start, end = re.findall(r'name="(?:starts|ends)_at" value="([^"]+)"', page)
    sent = {
        "pool": world.west_pool.pk, "curve": "1.85 8\n2.50 8", "starts_at": start, "ends_at": end,
        "min_devices": "1", "firmness": "FIRM", "start_up": "100.00", "least": "12.5",
    }  # fmt: skip

    assert ada.post(form, sent | {"client_order_id": "web-1"}).status_code == 302
    offer = AuctionOffer.objects.get()
    assert offer.steps == [[micros("1.85"), 8], [micros("2.50"), 8]]
    assert (offer.start_up_micros, offer.min_sold_bp, offer.hours) == (micros("100"), 1_250, 24)
    address = f"/auction-offers/{offer.pk}/"
    assert "1.85 8 2.50 8" in text(ada, address)
    assert ada.post(address, sent | {"curve": "1.80 8", "version": "1"}).status_code == 302
    assert ada.post(address, sent | {"curve": "1.70 8", "version": "1"}).status_code == 422
    short = ada.post(form, sent | {"curve": "1.85 999", "client_order_id": "web-2"})
    assert (short.status_code, "of 999" in short.content.decode()) == (422, True)
    assert ada.post(f"{address}cancel/").status_code == 302
    offer.refresh_from_db()
    assert (offer.devices, offer.state) == (8, "CANCELLED")
