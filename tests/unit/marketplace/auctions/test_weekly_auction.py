"""A week is cleared as a day is: 168 hours from a Monday on, and trades across its days."""

from datetime import timedelta

import pytest

from config.invariants import find_violations
from exchange.window import delivery_day
from ledger.queries import hold_remaining
from marketplace.actions import auctions as do
from marketplace.domain.auctions.entries import OfferSent
from marketplace.models import Auction, CapacityDay, Order, Trade
from tests.unit.marketplace.auctions.day import buy, cleared
from tests.world import World, micros

DAY = timedelta(days=1)


@pytest.fixture
def weekly(world: World) -> Auction:
    do.open_auctions(world.now)
    found = Auction.objects.get(kind="WEEKLY")
    Auction.objects.exclude(pk=found.pk).delete()
    return found


def test_a_week_is_entered_cleared_traded_and_paid_by_the_hour(
    world: World, weekly: Auction
) -> None:
    assert (weekly.hours, delivery_day(weekly.starts_at).weekday()) == (168, 0)
    # From Tuesday's last hours into Wednesday, and the whole week.
    night = buy(world, weekly, "night", earliest=46, latest=52, hours=6)
    week = buy(world, weekly, "week", amount=4, latest=168, hours=168)
    offered = do.enter_offer(
        auction_id=weekly.pk,
        member_id=world.cast.ada.id,
        client_order_id="all week",
        sent=OfferSent(pool_id=world.west_pool.pk, steps=[(micros("1.85"), 12)], hours=168),
        now=world.now,
    )
    assert sum(sum(day.in_auctions) for day in CapacityDay.objects.all()) == 12 * 168

    cleared(weekly)
    assert do.trade_awards(world.now) == 2

    for entry in (night, week, offered, weekly):
        entry.refresh_from_db()
    assert (weekly.state, night.state, week.state) == ("AGREED", "TRADED", "TRADED")
    trades = {trade.order.client_order_id: trade for trade in Trade.objects.select_related("order")}
    of_week = trades[f"auction:{weekly.code}:O{week.arrival}"]
    of_night = trades[f"auction:{weekly.code}:O{night.arrival}"]
    assert (of_week.starts_at, of_week.ends_at) == (weekly.starts_at, weekly.starts_at + 7 * DAY)
    assert of_night.starts_at == weekly.starts_at + timedelta(hours=46)
    assert of_night.ends_at - of_night.starts_at == timedelta(hours=6)
    assert of_week.value_micros == week.result["pays_micros"]
    assert hold_remaining(f"trade:{of_week.pk}") == of_week.value_micros * 106 // 100
    assert {order.state for order in Order.objects.all()} == {"FILLED"}
    days = CapacityDay.objects.all()
    assert sum(sum(day.contracted) for day in days) == 4 * 168 + 8 * 6
    assert sum(sum(day.in_auctions) for day in days) == 0
    assert [one for one in find_violations().findings if not one.holds] == []
