"""A frozen auction is cleared, checked, published; or it falls back, or all is released."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exchange.verifying.bundle import check_bundle, opens, participants_of
from exchange.verifying.rows import canonical_hash
from ledger.queries import funds_of
from marketplace.actions import auctions as do
from marketplace.actions.auctions import clearing
from marketplace.actions.auctions.clearing import clear_frozen
from marketplace.models import Auction, AuctionFile, CapacityDay
from marketplace.queries import auctions as ask
from marketplace.queries.auctions.reading import packed_zip
from tests.unit.marketplace.auctions.day import buy, cleared, sell
from tests.world import World, micros
from timetable.queries import wall_now


def test_the_published_bundle_verifies_and_the_rest_is_released(
    world: World, auction: Auction
) -> None:
    funds = funds_of(world.cast.ben.id)
    won, lost = buy(world, auction), buy(world, auction, "b2", limit_micros=micros("1"))
    sold, idle = sell(world, auction), sell(world, auction, "s2", (micros("9"), 8))
    cleared(auction)
    assert (auction.state, auction.method) == ("PUBLISHED", "full")
    for entry in (won, lost, sold, idle):
        entry.refresh_from_db()
    assert [entry.state for entry in (won, lost, sold, idle)] == [
        "ACCEPTED",
        "REJECTED",
        "ACCEPTED",
        "REJECTED",
    ]
    assert lost.result["reason"] == "PRICE"
    kept = funds.available_micros - funds_of(world.cast.ben.id).available_micros
    assert kept == won.held_micros
    assert sum(sum(day.in_auctions) for day in CapacityDay.objects.all()) == 16
    files = ask.bundle_files(auction)
    assert [check.name for check in check_bundle(files) if check.findings] == []
    salt = ask.salt_of(auction, world.cast.ben.id)
    assert salt is not None
    rows = participants_of(json.loads(files["commitments.json"]))
    assert opens(auction.code, rows, world.cast.ben.id, salt.salt) == salt.participant
    assert canonical_hash(json.loads(files["book.json"])) == auction.book_sha256
    readme = AuctionFile.objects.get(auction=auction, name="README")
    assert readme.sha256 == sha256(files["README"]).hexdigest()
    # Packed once, with its publication.
    assert ask.bundle_zip(auction) == packed_zip(files)
    assert AuctionFile.objects.filter(auction=auction, name="bundle.zip").exists()
    # A second worker finds nothing to do, and nothing can be rewritten.
    assert clear_frozen(now=world.now, wall=wall_now) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        AuctionFile.objects.filter(auction=auction).update(sha256="")


def test_a_method_that_fails_or_is_late_is_followed_by_the_next(
    world: World, auction: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(world, auction)
    sell(world, auction)
    real, tried = clearing.clear, []

    def broken(book: Any, config: Any, tell: Any) -> Any:
        tried.append(config)
        if len(tried) == 1:
            raise RuntimeError("out of memory")
        outcome = real(book, config, tell)
        if len(tried) == 2:
            outcome["welfare_micros"] += 1
        return outcome

    monkeypatch.setattr(clearing, "clear", broken)
    cleared(auction)
    assert (auction.state, auction.method) == ("PUBLISHED", "zones")
    runs = [(run.method, run.state) for run in ask.runs_of(auction)]
    assert runs == [("full", "FAILED"), ("short", "FAILED"), ("zones", "DONE")]
    assert "out of memory" in ask.runs_of(auction)[0].fault


def test_a_method_that_is_late_gives_way_but_the_last_may_take_its_time(
    world: World, auction: Auction
) -> None:
    buy(world, auction)
    sell(world, auction)
    do.advance_auctions(auction.no_cancel_at)
    do.advance_auctions(auction.ends_by)

    assert clear_frozen(now=auction.ends_by, wall=wall_now, most_wall=timedelta(0)) == 1

    auction.refresh_from_db()
    assert (auction.state, auction.method) == ("PUBLISHED", "greedy")
    runs = list(ask.runs_of(auction))
    assert [run.state for run in runs] == ["FAILED", "FAILED", "FAILED", "DONE"]
    assert all("_Late" in run.fault for run in runs[:3])


def test_an_auction_without_an_offer_is_cleared_and_says_so(world: World, auction: Auction) -> None:
    order = buy(world, auction)
    cleared(auction)
    order.refresh_from_db()
    assert (auction.state, order.state) == ("PUBLISHED", "REJECTED")
    assert order.result["reason"] == "NO_PLACE"


def test_where_every_method_fails_nothing_executes_and_all_is_released(
    world: World, auction: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    funds = funds_of(world.cast.ben.id)
    buy(world, auction)
    sell(world, auction)

    def broken(*_: Any) -> Any:
        raise RuntimeError("no")

    monkeypatch.setattr(clearing, "clear", broken)
    cleared(auction)
    assert auction.state == "FAILED"
    assert funds_of(world.cast.ben.id) == funds
    assert not any(sum(day.in_auctions) for day in CapacityDay.objects.all())
    assert not AuctionFile.objects.filter(name="outcome.json").exists()


def test_a_worker_that_was_killed_is_followed_with_the_same_outcome(
    world: World, auction: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(world, auction)
    sell(world, auction)
    do.advance_auctions(auction.no_cancel_at)
    do.advance_auctions(auction.ends_by)
    book = json.loads(bytes(AuctionFile.objects.get(name="book.json").content))
    wanted = clearing.clear(book)

    class Killed(BaseException):
        """Nothing of the house catches it."""

    def dies(*_: Any, **__: Any) -> Any:
        raise Killed

    monkeypatch.setattr(clearing, "publish", dies)
    with pytest.raises(Killed):
        clear_frozen(now=auction.ends_by, wall=wall_now)
    monkeypatch.undo()
    assert clear_frozen(now=auction.ends_by, wall=wall_now) == 1
    files = ask.bundle_files(ask.auction_named(auction.code))
    assert json.loads(files["outcome.json"]) == json.loads(json.dumps(wanted))
