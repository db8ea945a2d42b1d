"""Links: offered by carriers, sold with devices, and never twice."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from exchange.refusal import NotFound, Refused
from ledger.queries import hold_remaining
from marketplace.actions import change_link, offer_link
from marketplace.domain.links import LinkOffering
from marketplace.domain.refusals import MarketStopped
from marketplace.models import LinkDay, LinkTrade, MarketEvent, MarketSequence, Trade
from marketplace.queries import preview_order, why_not
from marketplace.queries.books import events_for
from tests.trading import Trading
from tests.world import World, micros

WITH_LINK: dict[str, Any] = {"city": "shanghai", "link_gbps": 10, "limit_micros": micros("4.00")}
OFFERING = {
    "capacity_gbps": 100,
    "price_micros_per_gbps_hour": micros(1),
    "price_micros_per_gb": 10_000,
    "rtt_us": 7_000,
}


def change(world: World, **facts: Any) -> None:
    change_link(
        carrier_id=world.cast.gwen.id,
        link_id=facts.pop("link_id", world.link.pk),
        offering=LinkOffering(**{**OFFERING, **facts}),
        person_id=None,
        now=world.now,
    )


def test_a_link_is_sold_with_its_devices_and_set_aside_on_its_own(world: World) -> None:
    deal = world.linked_deal()

    sold = LinkTrade.objects.get(trade=deal.trade)
    assert (sold.gbps, sold.gb, sold.carrier_id) == (10, 40, world.cast.gwen.id)
    assert sold.value_micros == micros("20.40")
    assert hold_remaining(f"link:{sold.pk}") == sold.held_micros == micros("20.40") * 106 // 100
    assert hold_remaining(f"trade:{deal.trade.pk}") == deal.trade.held_micros
    assert LinkDay.objects.get(link=world.link).sold_gbps.count(10) == 2


def test_the_seller_does_not_see_the_link(world: World) -> None:
    world.linked_deal()

    def kinds(member_id: int) -> list[str]:
        return [event.kind for event in events_for(member_id)]

    assert "LINKED" in kinds(world.cast.ben.id)
    assert "LINKED" not in kinds(world.cast.ada.id)


def test_the_database_forbids_overselling_a_link_whatever_the_code_does(world: World) -> None:
    world.linked_deal()
    sale = "UPDATE marketplace_linkday SET sold_gbps = array_fill(101, ARRAY[24])"

    with (
        pytest.raises(IntegrityError, match="link_is_not_oversold"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sale)


def test_a_link_that_was_sold_is_history(world: World) -> None:
    deal = world.linked_deal()

    with pytest.raises(IntegrityError), transaction.atomic():
        LinkTrade.objects.filter(trade=deal.trade).update(gbps=1)


def test_what_is_sold_is_known_to_a_market_that_begins_anew(world: World) -> None:
    change(world, capacity_gbps=15)
    world.linked_deal()
    world.listing(pool=world.east_pool, devices=16, hours=2)

    refused = world.order(**WITH_LINK, latest=world.hour(2), time_in_force="IOC")
    taken = world.order(**WITH_LINK | {"link_gbps": 5}, latest=world.hour(2))

    assert (refused.state, taken.state) == ("CANCELLED", "FILLED")


def test_a_changed_price_is_the_price_of_the_next_order(world: World) -> None:
    change(world, price_micros_per_gbps_hour=micros("1.50"))

    deal = world.linked_deal()

    assert deal.trade.link_trades.get().value_micros == micros("30.40")


def test_a_link_off_the_market_is_sold_to_nobody(world: World) -> None:
    world.listing(pool=world.east_pool)
    change(world, active=False)

    assert world.order(**WITH_LINK, time_in_force="IOC").state == "CANCELLED"


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"capacity_gbps": 9}, "E-RANGE-01", "capacity_gbps"),
        ({"capacity_gbps": 0}, "E-RANGE-01", "capacity_gbps"),
        ({"price_micros_per_gbps_hour": 15_000}, "E-PRICE-01", "price_micros_per_gbps_hour"),
        ({"price_micros_per_gb": 0}, "E-RANGE-01", "price_micros_per_gb"),
        ({"rtt_us": -1}, "E-RANGE-01", "rtt_us"),
    ],
)
def test_a_bad_change_of_a_link_names_its_field(
    world: World, facts: dict[str, int], code: str, field: str
) -> None:
    world.linked_deal()

    with pytest.raises(Refused) as caught:
        change(world, **facts)

    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_carrier_changes_only_links_of_its_own(world: World) -> None:
    with pytest.raises(NotFound):
        change(world, link_id=world.link.pk + 1)
    with pytest.raises(Refused, match="E-MEMBER-02"):
        change_link(
            carrier_id=world.cast.ada.id,
            link_id=world.link.pk,
            offering=LinkOffering(**OFFERING),
            person_id=None,
            now=world.now,
        )


def test_a_carrier_offers_a_second_link_between_other_places_only(world: World) -> None:
    def offer(zone: str) -> Any:
        return offer_link(
            carrier_id=world.cast.gwen.id,
            zone=zone,
            city="shanghai",
            offering=LinkOffering(**OFFERING),
            person_id=None,
            now=world.now,
        )

    offer("qingyang")
    for zone, code in (("qingyang", "E-LINK-01"), ("atlantis", "E-CATALOG-01")):
        with pytest.raises(Refused, match=code):
            offer(zone)
    world.listing()
    assert world.order(**WITH_LINK).state == "FILLED"


@pytest.mark.parametrize("asks", [{"link_gbps": 10}, {"move_gb": 10}])
@pytest.mark.parametrize("other", [{"city": None}, {"city": "shanghai", "splittable": True}])
def test_a_link_needs_a_city_and_one_site(
    world: World, asks: dict[str, int], other: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        world.order(**asks, **other)
    assert (caught.value.code, caught.value.field) == ("E-CONFLICT-01", next(iter(asks)))


def test_a_preview_shows_the_landed_price(world: World) -> None:
    world.listing(pool=world.east_pool)
    world.listing()

    preview = preview_order(request=world.request(**WITH_LINK, move_gb=40), now=world.now)

    (place,) = preview.placements
    assert (place.landed_micros, place.link_micros) == (micros("50.00"), micros("20.40"))
    assert (preview.expected_micros, preview.link_micros) == (micros("50.00"), micros("20.40"))
    cell = next(cell for row in preview.heat for cell in row.cells if cell.within_limit)
    # ¥ 50 over 8 × 0.376 P × 2 hours.
    assert cell.price_micros_per_pflops_hour == 8_311_170


def test_a_link_that_is_too_narrow_is_told_with_the_width_that_would_do(world: World) -> None:
    world.listing(pool=world.east_pool)
    order = world.order(**WITH_LINK | {"link_gbps": 101, "limit_micros": micros(40)})

    told = why_not(order.pk, world.now)

    assert told.blocked_by == "LINK"
    fix = next(fix for fix in told.fixes if fix.code == "LINK")
    assert fix.change == {"link_gbps": 100}
    assert fix.effect["value_micros"] == micros("229.60")


@pytest.mark.django_db(transaction=True)
def test_a_link_sold_behind_the_books_back_stops_the_market(trading: Trading) -> None:
    pool = trading.world.east_pool.pk
    trading.take(trading.sell(pool_id=pool, devices=16), trading.buy(**WITH_LINK))
    LinkDay.objects.update(sold_gbps=[100] * 24)

    with pytest.raises(MarketStopped):
        trading.take(trading.buy(**WITH_LINK))

    assert "link_is_not_oversold" in MarketSequence.objects.get().halted_by
    assert LinkTrade.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_standby_keeps_the_leaders_chain_over_links(trading: Trading) -> None:
    standby = trading.standby()
    pool = trading.world.east_pool.pk
    trading.take(trading.sell(pool_id=pool), trading.buy(**WITH_LINK))
    change(trading.world, capacity_gbps=10)
    trading.take(trading.buy(**WITH_LINK), trading.sell(pool_id=pool))
    standby.follow()

    leader, book = trading.turns.market, standby.market
    assert (book.loaded, book.chain) == (True, leader.chain)
    assert book.book.state()["links"] == leader.book.state()["links"]
    assert LinkTrade.objects.count() == 2
    assert MarketEvent.objects.filter(kind="LINKED").count() == 2
    assert Trade.objects.count() == 2
