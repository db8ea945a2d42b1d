from datetime import timedelta

import pytest
from django.test import Client

from desk.domain.proposals import proposals_for
from desk.pages.seller_heat import thresholds_of
from desk.queries.capacity import five_numbers
from desk.queries.seller import idle_hours_of, pools_of, seller_figures
from exchange.window import delivery_day, hour_of_day
from marketplace.models import Listing, ReferencePrice
from oversight.actions import assess_all, seed_registry
from oversight.models import Assessment
from tests.cast import Player
from tests.world import World
from timetable.actions import set_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = World()
    ReferencePrice.objects.create(
        chip=world.h100, price_micros=9_205_000, as_of=world.now, source="test"
    )
    return world


def reader(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def test_what_is_listed_or_sold_is_not_idle(world: World) -> None:
    world.deal(devices=16, hours=2)
    world.listing(devices=8, start=0, hours=2)

    idle = {one.pool_id: one for one in idle_hours_of(pools_of(world.cast.ada.id), world.now)}

    west = idle[world.west_pool.pk]
    at = int((world.hour(0) - west.first_hour).total_seconds() // 3600)
    assert west.idle[at] == 64 - 16 - 8
    assert west.idle[at + 2] == 64


def test_own_use_is_not_idle(world: World) -> None:
    world.west_pool.own_use_devices = 60
    world.west_pool.save()

    idle = {one.pool_id: one for one in idle_hours_of(pools_of(world.cast.ada.id), world.now)}

    assert set(idle[world.west_pool.pk].idle) == {4}


def test_the_ask_is_the_reference_price_on_the_tick(world: World) -> None:
    idle = idle_hours_of(pools_of(world.cast.ada.id), world.now)

    assert [one.ask_micros for one in proposals_for(idle)] == [9_210_000]


def test_the_five_numbers_follow_the_capacity_ledger(world: World) -> None:
    world.deal(devices=16, hours=2)
    world.listing(devices=8, start=0, hours=1)
    hour = world.hour(0)

    numbers = five_numbers(world.west_pool, delivery_day(hour))

    slot = hour_of_day(hour)
    assert (numbers.in_orders[slot], numbers.contracted[slot], numbers.offered[slot]) == (8, 16, 24)
    assert (numbers.provisioned[slot], numbers.measured[slot]) == (0, None)


def test_figures_of_a_fresh_seller_name_what_is_missing(world: World) -> None:
    figures = seller_figures(world.cast.ada.id, (), world.now)

    assert (figures.delivered_bp, figures.payable_micros, figures.last_payout) == (None, 0, None)


def test_the_desk_is_a_sellers(world: World) -> None:
    assert "Idle in the capacity ledger" in reader(world.cast.ada).get("/desk/").content.decode()
    assert reader(world.cast.ben).get("/desk/").status_code == 404


def test_a_proposal_pressed_twice_is_listed_once(world: World) -> None:
    idle = idle_hours_of(pools_of(world.cast.ada.id), world.now)
    proposal = proposals_for(idle)[0]
    form = {
        "pool": proposal.pool_id,
        "devices": proposal.devices,
        "starts_at": world.hour(2).isoformat(),
        "ends_at": world.hour(5).isoformat(),
        "ask_micros": proposal.ask_micros,
    }
    client = reader(world.cast.ada)
    set_clock(market_at=world.now, factor=0, reason="noon", wall=world.now)

    answers = [client.post("/desk/list/", form).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Listing.objects.count() == 1


def test_a_malformed_proposal_lists_nothing(world: World) -> None:
    answer = reader(world.cast.ada).post("/desk/list/", {"pool": "x"})

    assert answer.status_code == 404
    assert not Listing.objects.exists()


def test_the_desk_shows_the_last_assessment_of_the_site(world: World) -> None:
    seed_registry(now=world.now)
    assess_all(as_of=delivery_day(world.now - timedelta(days=1)), now=world.now)

    kept = thresholds_of(world.west_pool, world.now)
    Assessment.objects.all().delete()
    fresh = thresholds_of(world.west_pool, world.now)

    assert kept == fresh
    assert "PUE" in [one.title for one in kept]
