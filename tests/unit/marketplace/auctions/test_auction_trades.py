"""What an auction sold becomes trades of the market, and from there agreements and money."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.invariants import find_violations
from contracts.domain.terms import Terms
from contracts.queries import terms_of
from exchange.window import delivery_day
from ledger.queries import funds_of, hold_remaining
from marketplace.actions import auctions as do
from marketplace.actions import expire_due, halt_trading, resume_trading
from marketplace.models import Auction, AuctionAward, CapacityDay, Listing, Order, Trade
from marketplace.queries.days import verify_day
from tests.unit.billing.house import House
from tests.unit.marketplace.auctions.day import block, buy, cleared, refused, sell
from tests.world import Deal, World, micros


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def scarce(world: World, auction: Auction) -> Any:
    """Eight devices; Ben wants them for two hours, and only the first hour has a rival."""
    won = buy(world, auction, latest=2)
    rival = {"kind": "DIVISIBLE", "amount": 8, "hours": 1, "latest": 1}
    buy(world, auction, "rival", bids=[{**rival, "limit_micros": micros("4")}])
    sell(world, auction, "s1", (micros("1.85"), 8))
    cleared(auction)
    won.refresh_from_db()
    return won


def test_an_outcome_becomes_trades_with_an_order_and_a_listing(
    world: World, auction: Auction
) -> None:
    before = funds_of(world.cast.ben.id)
    won = scarce(world, auction)
    # What the offer did not sell is free again from publication on.
    assert sum(sum(day.in_auctions) for day in CapacityDay.objects.all()) == 16
    assert broken() == []

    assert do.trade_awards(world.now) == 1

    trade = Trade.objects.get()
    first, second = trade.hour_prices_micros or []
    assert first > second >= micros("1.85")
    assert trade.price_micros == (first + second) // 2
    value = 8 * (first + second)
    assert trade.value_micros == value == won.result["pays_micros"]
    assert trade.gflops_per_device == AuctionAward.objects.get().gflops
    order, listing = Order.objects.get(), Listing.objects.get()
    assert (order.state, order.filled, order.time_in_force) == ("FILLED", 8, "GFA")
    assert (listing.state, listing.seller_id) == ("SOLD", world.cast.ada.id)
    assert order.client_order_id == f"auction:{auction.code}:O{won.arrival}"
    # Exactly what it costs is kept, under the trade; the rest of the hold is free again.
    assert hold_remaining(f"trade:{trade.pk}") == value * 106 // 100
    after = funds_of(world.cast.ben.id)
    assert before.available_micros - after.available_micros == value * 106 // 100
    days = CapacityDay.objects.all()
    assert sum(sum(day.in_auctions) for day in days) == 0
    assert sum(sum(day.contracted) for day in days) == 16
    auction.refresh_from_db()
    assert auction.state == "AGREED"
    assert [order.state for order in auction.orders.order_by("pk")] == ["TRADED", "REJECTED"]
    assert [offer.state for offer in auction.offers.all()] == ["TRADED"]
    assert broken() == []


def test_the_same_outcome_is_traded_once_however_often_it_is_asked_for(
    world: World, auction: Auction
) -> None:
    scarce(world, auction)
    do.trade_awards(world.now)
    Auction.objects.filter(pk=auction.pk).update(state="PUBLISHED")
    assert do.trade_awards(world.now) == 0
    assert Trade.objects.count() == 1


def test_the_journal_of_the_day_replays_to_its_hash(world: World, auction: Auction) -> None:
    scarce(world, auction)
    world.listing(devices=4)
    do.trade_awards(world.now)
    world.order(amount=4)
    expire_due(world.now + timedelta(hours=3))
    found = verify_day(delivery_day(world.now))
    assert found is not None
    assert found.differs_at == 0


def test_in_a_halt_an_award_waits_and_then_trades(world: World, auction: Auction) -> None:
    scarce(world, auction)
    halt = halt_trading(
        scope="CHIP", subject_id=world.h100.pk, reason="system:drill", now=world.now
    )
    assert do.trade_awards(world.now) == 0
    auction.refresh_from_db()
    assert auction.state == "PUBLISHED"
    assert broken() == []
    resume_trading(halt_id=halt.pk, now=world.now)
    assert do.trade_awards(world.now) == 1


def test_an_award_that_is_never_traded_is_released_when_its_hours_begin(
    world: World, auction: Auction
) -> None:
    before = funds_of(world.cast.ben.id)
    won = scarce(world, auction)
    halt_trading(scope="MARKET", subject_id=None, reason="system:drill", now=world.now)
    do.trade_awards(auction.starts_at)
    won.refresh_from_db()
    auction.refresh_from_db()
    assert (won.state, auction.state) == ("RELEASED", "AGREED")
    assert funds_of(world.cast.ben.id) == before
    assert not any(sum(day.in_auctions) for day in CapacityDay.objects.all())
    assert not Trade.objects.exists()
    assert broken() == []


def test_one_order_of_several_lots_and_hours_is_traded_as_what_it_was_given(
    world: World, auction: Auction
) -> None:
    steps = [[micros("5"), 4], [micros("1.90"), 4]]
    curve = {"kind": "DIVISIBLE", "steps": steps, "hours": 4, "latest": 4}
    buy(world, auction, bids=[curve])
    buy(world, auction, "b2", bids=[block(amount=4, hours=2, latest=2, limit_micros=micros("4"))])
    sell(world, auction, "s1", (micros("1.85"), 8))
    cleared(auction)
    assert do.trade_awards(world.now) == 2
    assert broken() == []
    assert Trade.objects.count() == AuctionAward.objects.count()
    sold = sum(award.devices * award.hours for award in AuctionAward.objects.all())
    assert sum(sum(day.contracted) for day in CapacityDay.objects.all()) == sold


def test_one_owner_never_stands_on_both_sides(world: World, auction: Auction) -> None:
    for player in (world.cast.ada, world.cast.ben):
        player.member.beneficial_owner = "one group"
        player.member.save()
    buy(world, auction)
    assert refused(lambda: sell(world, auction)) == ("E-AUCTION-19", "auction")


def test_nobody_takes_a_name_that_the_exchange_gives(world: World, auction: Auction) -> None:
    own_id = f"auction:{auction.code}:O1"
    assert refused(lambda: world.order(client_order_id=own_id))[0] == "E-IDEM-02"
    assert refused(lambda: buy(world, auction, own_id))[0] == "E-IDEM-02"


def test_the_agreement_settles_each_hour_at_its_own_price(world: World, auction: Auction) -> None:
    house = House(world)
    scarce(world, auction)
    do.trade_awards(world.now)
    trade = Trade.objects.get()
    sold = house._agreed(Deal(trade.listing, trade.order, trade), trade.devices)
    terms: Terms = terms_of(sold.agreement.pk)
    first_micros, second_micros = terms.prices_micros
    assert first_micros > second_micros

    house.deliver(sold, [28_800])
    first = house.books(sold)
    house.settle(house.sealed(sold, 1, 28_800))

    # Eight devices in each hour, at that hour's price; the fee is 1.5 % of it.
    assert first["fees"] == 8 * first_micros * 15 // 1_000
    books = house.books(sold)
    assert books["fees"] == 8 * (first_micros + second_micros) * 15 // 1_000
    assert books["hold"] == 0
    sold.agreement.refresh_from_db()
    assert sold.agreement.state == "COMPLETED"
    # The house's meter says hours without readings; all but the delivery's own rules hold.
    assert [code for code in broken() if not code.startswith("D-")] == []


@pytest.mark.parametrize("hours", [1, 24])
def test_an_even_price_needs_no_list(world: World, auction: Auction, hours: int) -> None:
    buy(world, auction, bids=[block(hours=hours)])
    sell(world, auction)
    cleared(auction)
    do.trade_awards(world.now)
    assert Trade.objects.get().hour_prices_micros is None


def test_the_order_page_says_which_auction_sold_to_it(
    world: World, auction: Auction, client: Client
) -> None:
    scarce(world, auction)
    do.trade_awards(world.now)
    client.force_login(world.cast.ben.person)
    page = client.get(f"/orders/{Order.objects.get().pk}/").content.decode()
    assert f'<a href="/auctions/{auction.code}/">{auction.code}</a>' in page
    assert "the resting side" not in page


def test_a_traded_line_leads_to_its_trade_for_both_sides_and_nobody_else(
    world: World, auction: Auction, client: Client
) -> None:
    scarce(world, auction)
    do.trade_awards(world.now)
    trail = f"/trail/{Trade.objects.get().pk}/"
    for player, told in ((world.cast.ben, 1), (world.cast.ada, 1), (world.cast.dana, 0)):
        client.force_login(player.person)
        page = client.get(f"/auctions/{auction.code}/").content.decode()
        assert page.count(f'href="{trail}"') == told
        assert client.get(trail).status_code == (200 if told else 404)
