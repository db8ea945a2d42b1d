"""What an auction sold of links is traded with devices, agreed, settled and paid."""

import json
from datetime import timedelta
from typing import Any

from contracts.actions import accept_standard_terms
from contracts.models import Agreement
from exchange.verifying.book import Book
from exchange.verifying.bundle import check_bundle, opens, participants_of
from exchange.verifying.member import own_lines
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.window import HOUR, delivery_day
from ledger.queries import funds_of
from marketplace.actions import auctions as do
from marketplace.actions import expire_due, halt_trading
from marketplace.models import (
    Auction,
    AuctionLinkAward,
    CapacityDay,
    LinkTrade,
    Order,
    Trade,
)
from marketplace.queries import auctions as ask
from marketplace.queries.carrying import auctioned_links_of
from marketplace.queries.days import verify_day
from tests.unit.billing.house import House
from tests.unit.marketplace.auctions.day import buy, cleared
from tests.unit.marketplace.auctions.linked import (
    LINKED,
    broken,
    change,
    in_auctions,
    second_carrier,
    sell,
    sold,
)
from tests.world import Deal, World, micros


def shared(world: World, auction: Auction) -> Any:
    """Gwen has six Gbit/s left, Dana is dearer: the order needs both."""
    change(world, capacity_gbps=6)
    second_carrier(world, 100, "1.50")
    won = buy(world, auction, **LINKED, move_gb=40)
    sell(world, auction)
    cleared(auction)
    won.refresh_from_db()
    return won


def test_a_link_is_sold_with_the_devices_and_paid_out_of_the_same_hold(
    world: World, auction: Auction
) -> None:
    before = funds_of(world.cast.ben.id)
    won = buy(world, auction, **LINKED, move_gb=40)
    sell(world, auction)
    cleared(auction)
    won.refresh_from_db()
    assert won.state == "ACCEPTED"
    assert won.result["link_pays_micros"] == micros("20.40")
    files = ask.bundle_files(auction)
    assert [check.name for check in check_bundle(files) if check.findings] == []
    # What is not sold is free again from publication on.
    assert in_auctions() == 20
    assert broken() == []

    assert do.trade_awards(world.now) == 1

    trade, link = Trade.objects.get(), LinkTrade.objects.get()
    assert (link.gbps, link.gb, link.value_micros) == (10, 40, micros("20.40"))
    assert (link.trade, link.carrier_id) == (trade, world.cast.gwen.id)
    assert (link.starts_at, link.ends_at) == (trade.starts_at, trade.ends_at)
    assert AuctionLinkAward.objects.get().link_trade == link
    order = Order.objects.get()
    assert (order.link_gbps, order.move_gb, order.state) == (10, 40, "FILLED")
    assert (in_auctions(), sold()) == (0, 20)
    spent = before.available_micros - funds_of(world.cast.ben.id).available_micros
    assert spent == won.result["pays_micros"] * 106 // 100
    assert broken() == []
    (line,) = auctioned_links_of(world.cast.gwen.id)
    assert (line.sold_gbps_hours, line.value_micros) == (20, micros("20.40"))  # type: ignore[attr-defined]
    expire_due(world.now + timedelta(hours=3))
    found = verify_day(delivery_day(world.now))
    assert found is not None
    assert found.differs_at == 0


def test_the_carrier_finds_its_own_line_in_the_bundle(world: World, auction: Auction) -> None:
    buy(world, auction, **LINKED)
    sell(world, auction)
    cleared(auction)
    files = ask.bundle_files(auction)
    salt = ask.salt_of(auction, world.cast.gwen.id)
    assert salt is not None
    rows = participants_of(json.loads(files["commitments.json"]))
    assert opens(auction.code, rows, world.cast.gwen.id, salt.salt) == salt.participant
    book: Book = read_book(json.loads(files["book.json"]))
    outcome = read_outcome(json.loads(files["outcome.json"]), book)
    (line,) = own_lines(book, outcome, salt.participant)
    assert line.right
    assert line.sentence == f"carries 20 Gbit/s-hours for {micros('20')}"


def test_two_carriers_share_an_order_at_one_price(world: World, auction: Auction) -> None:
    won = shared(world, auction)
    # Ten Gbit/s for two hours at the dearer's price, and the data at the dearer's too.
    assert won.result["link_pays_micros"] == micros("30.80")

    assert do.trade_awards(world.now) == 1

    links = LinkTrade.objects.order_by("pk")
    assert [(one.gbps, one.gb, one.price_micros_per_gbps_hour) for one in links] == [
        (6, 40, micros("1.50")),
        (4, 0, micros("1.50")),
    ]
    assert {one.trade for one in links} == {Trade.objects.get()}
    assert {one.carrier_id for one in links} == {world.cast.gwen.id, world.cast.dana.id}
    assert broken() == []


def test_each_carrier_has_its_own_agreement_and_is_paid_with_the_devices_hours(
    world: World, auction: Auction
) -> None:
    house = House(world)
    dana = world.cast.dana
    accept_standard_terms(member_id=dana.id, person_id=dana.person.pk, now=world.now)
    shared(world, auction)
    do.trade_awards(world.now)
    trade = Trade.objects.get()
    devices = house._agreed(Deal(trade.listing, trade.order, trade), trade.devices)
    number = devices.agreement.number
    links = Agreement.objects.filter(link_trade__isnull=False).order_by("pk")
    assert [link.number for link in links] == [f"{number}-L", f"{number}-L2"]
    assert {link.state for link in links} == {"IN_FORCE"}

    house.deliver(devices, [28_800, 28_800])

    # Net of the fee of 1.5 % and with VAT on both: 12 and 8 Gbit/s-hours at 1.50, 40 GB at 0.02.
    assert funds_of(house.gwen).payable_micros == micros("18.80") * 10_441 // 10_000
    assert funds_of(dana.id).payable_micros == micros("12") * 10_441 // 10_000
    assert {link.state for link in links.all()} == {"COMPLETED"}
    # The house's meter says hours without readings; all but the delivery's own rules hold.
    assert [code for code in broken() if not code.startswith("D-")] == []


def test_a_link_of_fewer_hours_than_its_devices_is_settled_in_its_own(
    world: World, auction: Auction
) -> None:
    house = House(world)
    dana = world.cast.dana
    accept_standard_terms(member_id=dana.id, person_id=dana.person.pk, now=world.now)
    change(world, capacity_gbps=10)
    first = (auction.starts_at - world.hour(0)) // HOUR
    world.listing(pool=world.east_pool, devices=8, start=first + 1, hours=1)
    window = {"earliest": world.hour(first + 1), "latest": world.hour(first + 2), "hours": 1}
    taken = world.order(city="shanghai", link_gbps=10, limit_micros=micros("9"), **window)
    assert taken.state == "FILLED"
    second_carrier(world, 10, "2")
    buy(world, auction, **LINKED)
    sell(world, auction)
    cleared(auction)
    do.trade_awards(world.now)
    trade = Trade.objects.latest("pk")
    links = LinkTrade.objects.filter(trade=trade).order_by("starts_at")
    cheap, dear = links
    assert (cheap.carrier_id, dear.carrier_id) == (world.cast.gwen.id, dana.id)
    assert dear.price_micros_per_gbps_hour >= micros("2") > cheap.price_micros_per_gbps_hour
    assert [one.starts_at for one in links] == [trade.starts_at, trade.starts_at + HOUR]

    devices = house._agreed(Deal(trade.listing, trade.order, trade), trade.devices)
    house.deliver(devices, [28_800, 28_800])

    assert funds_of(house.gwen).payable_micros == cheap.value_micros * 10_441 // 10_000
    assert funds_of(dana.id).payable_micros == dear.value_micros * 10_441 // 10_000
    made = Agreement.objects.filter(link_trade__trade=trade)
    assert {agreement.state for agreement in made} == {"COMPLETED"}
    assert [code for code in broken() if code.startswith(("BILLING", "M-"))] == []


def test_sellers_who_serve_an_order_together_share_its_link(world: World, auction: Auction) -> None:
    buy(world, auction, **LINKED, amount=12)
    sell(world, auction, "s1", devices=8)
    sell(world, auction, "s2", devices=4)
    cleared(auction)

    assert do.trade_awards(world.now) == 1

    trades = Trade.objects.filter(order=Order.objects.get())
    assert sorted((one.devices, one.link_trades.get().gbps) for one in trades) == [(4, 3), (8, 7)]
    assert broken() == []


def test_data_alone_are_moved_by_the_cheapest_link(world: World, auction: Auction) -> None:
    second_carrier(world, 100, "1.50")
    won = buy(world, auction, city="shanghai", move_gb=50, latest=2)
    sell(world, auction)
    cleared(auction)
    won.refresh_from_db()
    # The price of data is one for all: the highest that any link of the way asks.
    assert won.result["link_pays_micros"] == micros("1")

    do.trade_awards(world.now)

    link = LinkTrade.objects.get()
    assert (link.carrier_id, link.gbps, link.gb) == (world.cast.gwen.id, 0, 50)
    assert (in_auctions(), sold()) == (0, 0)
    assert broken() == []


def test_an_award_that_is_never_traded_gives_its_link_back(world: World, auction: Auction) -> None:
    before = funds_of(world.cast.ben.id)
    won = buy(world, auction, **LINKED)
    sell(world, auction)
    cleared(auction)
    halt_trading(
        scope="MEMBER", subject_id=world.cast.gwen.id, reason="system:drill", now=world.now
    )
    assert do.trade_awards(world.now) == 0
    assert broken() == []

    do.trade_awards(auction.starts_at)

    won.refresh_from_db()
    assert won.state == "RELEASED"
    assert funds_of(world.cast.ben.id) == before
    assert in_auctions() == 0
    assert not any(sum(day.in_auctions) for day in CapacityDay.objects.all())
    assert broken() == []


def test_what_a_carrier_changes_after_the_freeze_is_for_others(
    world: World, auction: Auction
) -> None:
    buy(world, auction, **LINKED)
    sell(world, auction)
    cleared(auction)
    change(world, price_micros_per_gbps_hour=micros("9"), active=False)

    assert do.trade_awards(world.now) == 1

    assert LinkTrade.objects.get().price_micros_per_gbps_hour == micros("1")
