"""The National page: who sees it, what it says, how much it asks of the database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exchange.window import delivery_day
from marketplace.models import Pool, Site
from oversight.actions import assess_all, seed_registry
from oversight.models import DeclaredUse
from tests.unit.oversight.national import NOW, city_rtt, member, person, site, zone
from timetable.queries import market_now

pytestmark = pytest.mark.django_db
PAGE_LIMIT = 15
# Session, person, memberships.
FRAME = 3


def signed_in(capability: str, email: str = "cleo@state.example") -> Client:
    client = Client()
    client.force_login(person(email, member(email.split("@")[0], capability)))
    return client


def nation(centres: int) -> None:
    """Bring as many centres, ten devices each, with declared use."""
    site("first")
    places = Site.objects.bulk_create(
        Site(
            code=f"c-{number}",
            name=f"Centre {number}",
            name_zh=f"中心 {number}",
            owner=member(),
            zone=zone(),
            identifier=f"CN-{number}",
            latitude_udeg=1,
            longitude_udeg=1,
            pue_thousandths=1200,
            carbon_g_per_kwh=500,
            racks_built=10,
            racks_used=number % 11,
        )
        for number in range(centres)
    )
    chip = Pool.objects.get().chip
    Pool.objects.bulk_create(
        Pool(code=f"p-{place.pk}", site=place, chip=chip, devices=10, connector="simulated")
        for place in places
    )
    city_rtt(places)
    DeclaredUse.objects.bulk_create(
        DeclaredUse(
            site=place,
            month=delivery_day(market_now()).replace(day=1) - timedelta(days=40),
            contracted_bp=place.pk * 37 % 9000,
            busy_bp=place.pk * 53 % 5000,
            declared_at=NOW,
        )
        for place in places
    )


@pytest.mark.parametrize("capability", ["BUYER", "SELLER", "BROKER", "CARRIER"])
def test_traders_do_not_see_the_nation(capability: str) -> None:
    client = signed_in(capability)

    assert client.get(reverse("oversight:national")).status_code == 404
    assert client.get(reverse("oversight:centres_json")).status_code == 404


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().get(reverse("oversight:national")).status_code == 302


def test_an_empty_market_has_a_page_too() -> None:
    page = signed_in("REGULATOR").get(reverse("oversight:national"))

    assert page.status_code == 200
    assert "No figures yet" in page.text


def test_the_three_ratios_the_map_and_the_published_figures_are_shown() -> None:
    nation(30)
    seed_registry(now=NOW)
    assess_all(as_of=delivery_day(NOW), now=NOW)

    page = signed_in("REGULATOR").get(reverse("oversight:national"), {"ratio": "rack"})

    assert page.context["overview"].nation.sites == 31
    assert page.context["scatter"].centres == 31
    tile = next(tile for tile in page.context["tiles"] if tile.code == "GS")
    assert tile.cluster
    assert tile.text != "–"
    assert "24.7" in page.text
    assert "62.72" in page.text
    assert "State Council Information Office" in page.text


def test_chinese_readers_read_chinese_names_and_numbers() -> None:
    nation(3)
    seed_registry(now=NOW)

    page = signed_in("REGULATOR").get(
        reverse("oversight:national"), headers={"accept-language": "zh-hans"}
    )

    assert "甘肃" in page.text
    assert "247 亿元" in page.text
    assert "持证算力中心" in page.text


@pytest.mark.slow
def test_seven_thousand_centres_cost_as_few_queries_as_one() -> None:
    nation(7_000)
    seed_registry(now=NOW)
    client = signed_in("REGULATOR")
    client.get(reverse("oversight:national"))

    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("oversight:national"))

    assert page.context["overview"].nation.sites == 7_001
    assert len(queries) <= PAGE_LIMIT + FRAME, [q["sql"][:90] for q in queries]


def test_the_picture_of_the_centres_is_drawn_from_pairs_of_ratios() -> None:
    nation(5)

    points = signed_in("REGULATOR").get(reverse("oversight:centres_json")).json()

    assert len(points) == 5
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in points)
