"""Of each connector the operator sees what stands, the day by hour, and what is asked again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from delivery.queries.connector_health import retried, summaries
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


def page_of(world: World, name: str, language: str = "en") -> Any:
    client = Client()
    client.force_login(getattr(world.cast, name).person)
    client.cookies["django_language"] = language
    return client.get("/connectors/")


@pytest.fixture
def running(world: World, settings: Any) -> Delivery:
    settings.SIMULATED_SITES = {}
    delivery = Delivery(world)
    delivery.begin()
    delivery.quarters(3)
    step_to(market_at=delivery.start + timedelta(minutes=50), reason="test", wall=wall_now())
    return delivery


def test_a_summary_counts_what_stands_and_what_the_day_brought(running: Delivery) -> None:
    now = running.start + timedelta(minutes=50)

    (one,) = summaries(now)

    assert (one.connector, one.live, one.delivering, one.interrupted) == ("simulated", 1, 1, 0)
    assert (one.accepted, one.troubled) == (1, 0)
    assert one.handover_s is not None
    assert 0 <= one.handover_s < 60
    assert one.metered_until == running.start + timedelta(minutes=45)


def test_what_is_older_than_a_day_is_not_in_the_picture(running: Delivery) -> None:
    (one,) = summaries(running.start + timedelta(days=2))

    assert (one.accepted, one.troubled) == (0, 0)


def test_a_site_that_cannot_is_counted_as_trouble_and_asked_again(
    world: World, settings: Any
) -> None:
    settings.SIMULATED_SITES = {"provision_failure_bp": 10_000}
    delivery = Delivery(world)
    delivery.hand_over()

    (one,) = summaries(world.now)
    (again,) = retried()

    assert (one.accepted, one.troubled) == (0, 1)
    assert (again.allocation.pk, again.tries) == (delivery.id, 1)
    assert "no node answered" in again.error
    assert "no node answered" in page_of(world, "eli").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_is_the_operators(world: World, running: Delivery, language: str) -> None:
    text = page_of(world, "eli", language).content.decode()

    assert "simulated" in text
    assert ("Hand-overs by hour" in text) == (language == "en")
    assert page_of(world, "ben").status_code == 404


def test_a_market_without_deliveries_has_a_page_too(world: World) -> None:
    assert summaries(world.now) == []
    assert page_of(world, "eli").status_code == 200
