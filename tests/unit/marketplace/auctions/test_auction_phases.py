"""The auction's page in each phase, from the last minutes to the published bundle."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from exchange.clearing.clearing import METHODS
from exchange.verifying.bundle import check_bundle
from marketplace.actions import auctions as do
from marketplace.actions.auctions import clearing
from marketplace.domain.auctions.phases import PHASES
from marketplace.domain.lifecycles import AUCTION, AUCTION_ENTRY
from marketplace.models import Auction, AuctionIndication, AuctionRun
from marketplace.pages.auctions.own import ENTRY_TAGS
from marketplace.pages.auctions.timeline import FALL_BACKS, METHOD_WORDS, SHOWN
from tests.unit.marketplace.auctions.day import buy, cleared, sell
from tests.unit.marketplace.auctions.visiting import ANSWERS, Visitor, at, home, text
from tests.world import World, micros
from timetable.queries import wall_now


@pytest.fixture
def chinese() -> Iterator[None]:
    """Restore the language that a Chinese page leaves behind."""
    yield
    translation.activate("en")


def test_every_state_phase_method_and_reason_has_a_word() -> None:
    assert set(ENTRY_TAGS) == set(AUCTION_ENTRY.states)
    assert set(SHOWN) == {*PHASES, *AUCTION.states}
    assert set(METHOD_WORDS) == set(METHODS)
    assert set(FALL_BACKS) == set(METHODS[1:])


def test_what_was_traded_is_told_and_what_no_trade_was_made_of_came_back(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    order, offer = buy(world, auction), sell(world, auction)
    cleared(auction)
    ben, ada = visitor(world.cast.ben), visitor(world.cast.ada)
    for entry in (order, offer):
        type(entry).objects.filter(pk=entry.pk).update(state="TRADED")

    assert "pays ¥ 29.60 net" in text(ben, home(auction))
    assert "sold 16 of 384 device-hours" in text(ada, home(auction))
    for entry in (order, offer):
        type(entry).objects.filter(pk=entry.pk).update(state="RELEASED")
    assert "its money came back" in text(ben, home(auction))
    assert "its devices came back" in text(ada, home(auction))


def test_near_the_end_nothing_can_be_cancelled_and_the_page_says_so(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    order, ben = buy(world, auction), visitor(world.cast.ben)
    at(auction.no_cancel_at)

    page = text(ben, f"/auction-orders/{order.pk}/")

    assert "may only become better" in page
    assert "Cancel this order" not in page
    assert ben.post(f"/auction-orders/{order.pk}/cancel/").status_code == 409
    assert "Improving only" in text(ben, home(auction))


def test_the_part_that_lives_asks_for_the_rest_once_its_phase_has_passed(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    part = {"data": {"was": "OPEN"}, "headers": {"HX-Request": "true"}}
    stranger = visitor(None)
    same = text(stranger, home(auction), **part)
    assert "every 5s" in same
    assert "<html" not in same

    at(auction.no_cancel_at)

    assert 'hx-trigger="load"' in text(stranger, home(auction), **part)


def test_while_it_clears_the_page_shows_method_and_progress(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    buy(world, auction)
    do.advance_auctions(auction.no_cancel_at)
    do.advance_auctions(auction.ends_by)
    at(auction.ends_by)
    wall = wall_now()
    for method, state, fault in (("full", "FAILED", "late"), ("short", "RUNNING", "")):
        AuctionRun.objects.create(
            auction=auction, method=method, state=state, fault=fault, phase="search",
            done_bp=4_200, started_at=wall, beat_at=wall,
        )  # fmt: skip

    page = text(visitor(None), home(auction))

    assert "placing orders" in page
    assert "42 %" in page
    assert "The full search did not end well" in page
    assert "every 2s" in page


def test_a_published_auction_tells_each_its_reason_and_the_smallest_yes(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    buy(world, auction)
    buy(world, auction, "b2", limit_micros=micros("1"))
    buy(world, auction, "b3", amount=20)
    sell(world, auction)
    cleared(auction)
    at(auction.ends_by)
    ben = visitor(world.cast.ben)

    page = text(ben, home(auction))

    assert "pays ¥ 29.60 net" in page
    assert "A limit of ¥ 1.85 per device-hour would have done." in page
    assert "Up to 16 devices there would have been a place." in page
    assert auction.salts.get(member_id=world.cast.ben.id).salt in page
    assert "sold 16 of 384 device-hours" in text(visitor(world.cast.ada), home(auction))
    stranger = text(visitor(None), home(auction))
    assert "1 of 3 orders execute" in stranger
    assert "Your salt" not in stranger
    lines = text(visitor(None), f"{home(auction)}orders/")
    assert len(set(re.findall(rf"{home(auction)}orders/(\d+)/", lines))) == 3
    assert "What would have served it" in text(visitor(None), f"{home(auction)}orders/2/")


def test_the_bundle_comes_as_a_zip_that_verifies_and_not_before(
    world: World, visitor: Visitor, auction: Auction
) -> None:
    buy(world, auction)
    sell(world, auction)
    address = f"{home(auction)}bundle.zip"
    assert visitor(None).get(address).status_code == 404
    assert visitor(None).get(f"{home(auction)}orders/").status_code == 404
    cleared(auction)

    packed = visitor(None).get(address)

    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert [check.name for check in check_bundle(files) if check.findings] == []


def test_a_fall_back_is_announced(
    world: World, visitor: Visitor, auction: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(world, auction)
    sell(world, auction)
    real, tried = clearing.clear, []

    def broken_once(*args: Any) -> Any:
        tried.append(args)
        if len(tried) == 1:
            raise RuntimeError("no")
        return real(*args)

    monkeypatch.setattr(clearing, "clear", broken_once)
    cleared(auction)
    at(auction.ends_by)
    page = text(visitor(None), home(auction))
    assert "a shorter one decided" in page
    assert "less may have been found, never a loss" in page


def test_an_auction_that_nothing_cleared_says_so_and_gives_everything_back(
    world: World, visitor: Visitor, auction: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(world, auction)

    def broken(*_: Any) -> Any:
        raise RuntimeError("no")

    monkeypatch.setattr(clearing, "clear", broken)
    cleared(auction)
    at(auction.ends_by)

    page = text(visitor(world.cast.ben), home(auction))

    assert "No method cleared this auction" in page
    assert "Released" in page


@pytest.mark.usefixtures("chinese")
def test_the_pages_speak_chinese(world: World, visitor: Visitor, auction: Auction) -> None:
    ben = visitor(world.cast.ben)
    ben.cookies["django_language"] = "zh-hans"
    buy(world, auction)

    assert "日前竞价" in text(ben, home(auction))
    assert "下一次截止" in text(ben, "/auctions/")
    assert "下单并冻结" in text(ben, f"{home(auction)}order/", data=ANSWERS)


def test_before_the_end_the_page_says_what_it_would_come_to(
    world: World, auction: Auction, visitor: Visitor
) -> None:
    at(world.now)
    assert "What it would come to" not in text(visitor(None), home(auction))
    node = "qingyang/h100-sxm/FIRM/400"
    AuctionIndication.objects.create(
        auction=auction,
        number=1,
        at=world.now,
        orders=3,
        offers=2,
        nodes={node: {"chip": "h100-sxm", "zone": "qingyang", "firmness": "FIRM"}},
        prices={node: [1_850_000, 2_000_000]},
        device_hours={node: 16},
    )
    page = text(visitor(None), home(auction))
    assert "from 3 orders and 2 offers" in page
    assert "1.85 – 2.00" in page
    AuctionIndication.objects.update(device_hours={}, prices={}, nodes={})
    assert "Nothing would be sold yet." in text(visitor(None), home(auction))
