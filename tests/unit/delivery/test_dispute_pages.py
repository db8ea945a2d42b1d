"""Both meters on pages: the buyer contests an hour, the operator decides it, others see theirs."""

import re
from datetime import timedelta
from typing import Any

import pytest

from delivery.actions import accept_probe_readings, open_dispute, read_meters, seal_due_hours
from delivery.domain.metering import QuarterReading
from delivery.models import MeterDispute
from tests.cast import visitor
from tests.unit.delivery.story import QUARTER, Delivery
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

WHOLE = 8 * 900


@pytest.fixture
def delivery(world: World, settings: Any) -> Delivery:
    """Two hours: the probe saw half of one quarter of the first, and a part of the second."""
    settings.SIMULATED_SITES = {}
    delivery = Delivery(world, hours=2)
    delivery.begin()
    delivery.quarters(6)
    now = delivery.start + 6 * QUARTER
    seal_due_hours(now=now)
    step_to(market_at=now, reason="test", wall=wall_now())
    accept_probe_readings(
        member_id=world.cast.ben.id,
        allocation_id=delivery.id,
        readings=[
            QuarterReading(delivery.start + place * QUARTER, amount)
            for place, amount in enumerate([WHOLE, 3_600, WHOLE, WHOLE, WHOLE])
        ],
        now=now,
    )
    return delivery


@pytest.fixture
def dispute(world: World, delivery: Delivery) -> MeterDispute:
    return open_dispute(
        member_id=world.cast.ben.id,
        allocation_id=delivery.id,
        hour_start=delivery.start,
        now=delivery.start + timedelta(minutes=90),
    )


def page_of(world: World, delivery: Delivery, name: str = "ben") -> str:
    client = visitor(getattr(world.cast, name))
    return client.get(f"/deliveries/{delivery.id}/").content.decode()


def test_the_buyer_sees_both_meters_and_contests_the_hour_that_differs(
    world: World, delivery: Delivery
) -> None:
    text = page_of(world, delivery)
    assert "Two meters" in text
    assert "12.5" in text  # 3,600 of 28,800 device-seconds more
    assert text.count("Contest</button>") == 1
    hour = re.search(r'name="hour_start" value="([^"]+)"', text)
    assert hour is not None

    answer = visitor(world.cast.ben).post(
        f"/deliveries/{delivery.id}/contest/", {"hour_start": hour[1]}
    )

    dispute = MeterDispute.objects.get()
    assert answer.url == f"/meter-disputes/{dispute.pk}/"
    assert "Contest</button>" not in page_of(world, delivery)
    assert "Contest</button>" not in page_of(world, delivery, "ada")


def test_a_delivery_without_a_probe_has_no_second_meter(world: World, settings: Any) -> None:
    settings.SIMULATED_SITES = {}
    delivery = Delivery(world)
    delivery.begin()
    delivery.quarters(4)

    assert "Two meters" not in page_of(world, delivery)


def test_what_cannot_be_contested_is_said_and_what_is_no_hour_is_not_found(
    world: World, delivery: Delivery
) -> None:
    client = visitor(world.cast.ben)
    address = f"/deliveries/{delivery.id}/contest/"
    later = (delivery.start + timedelta(hours=1)).isoformat()

    answer = client.post(address, {"hour_start": later}, follow=True)

    assert "not sealed" in answer.content.decode()
    assert client.post(address, {"hour_start": "yesterday"}).status_code == 404
    assert client.post(address, {"hour_start": "2026-12-01T08:00"}).status_code == 404
    assert visitor(world.cast.ada).post(address, {"hour_start": later}).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["ada", "ben", "cleo", "eli"])
def test_parties_and_overseers_read_the_dispute(
    world: World, dispute: MeterDispute, name: str, language: str
) -> None:
    client = visitor(getattr(world.cast, name))
    client.cookies["django_language"] = language

    listed = client.get("/meter-disputes/").content.decode()
    page = client.get(f"/meter-disputes/{dispute.pk}/")

    assert f"/meter-disputes/{dispute.pk}/" in listed
    assert page.status_code == 200
    assert "3,600" in page.content.decode()
    assert ('name="reason"' in page.content.decode()) == (name == "eli")


def test_strangers_find_no_dispute(world: World, dispute: MeterDispute) -> None:
    client = visitor(world.cast.dana)

    assert client.get(f"/meter-disputes/{dispute.pk}/").status_code == 404
    assert f"/meter-disputes/{dispute.pk}/" not in client.get("/meter-disputes/").content.decode()


def test_the_operator_decides_once_with_a_reason(world: World, dispute: MeterDispute) -> None:
    client, address = visitor(world.cast.eli), f"/meter-disputes/{dispute.pk}/"

    assert client.post(address, {"upheld": "yes", "reason": " "}).status_code == 422
    assert visitor(world.cast.ada).post(address, {"upheld": "no"}).status_code == 404
    assert client.post(address, {"upheld": "yes", "reason": "logs"}).status_code == 302

    page = client.get(address).content.decode()
    assert "logs" in page
    assert 'name="reason"' not in page
    assert client.post(address, {"upheld": "no", "reason": "again"}).status_code in {409, 422}
    dispute.refresh_from_db()
    assert dispute.state == "UPHELD"


def test_the_page_and_the_api_say_what_a_quarter_rests_on(world: World, delivery: Delivery) -> None:
    client = visitor(world.cast.ben)

    rows = client.get(f"/api/v1/allocations/{delivery.id}/quality/").json()
    wrong = client.get(f"/api/v1/allocations/{delivery.id}/quality/?day=soon")
    other = visitor(world.cast.dana).get(f"/api/v1/allocations/{delivery.id}/quality/")

    assert [row["quality"] for row in rows] == ["M"] * 6
    assert all(row["flags"] == [] for row in rows)
    assert wrong.status_code == 400
    assert "day" in wrong.content.decode()
    assert other.status_code == 404


def test_a_silent_quarter_is_marked_missing_on_the_page(world: World, settings: Any) -> None:
    delivery = Delivery(world)
    delivery.begin()
    settings.SIMULATED_SITES = {"silent_bp": 10_000}
    delivery.quarters(4)
    later = delivery.start + timedelta(hours=2, minutes=1)
    read_meters(now=later, wall=wall_now())
    seal_due_hours(now=later)
    step_to(market_at=later, reason="test", wall=wall_now())

    text = page_of(world, delivery)

    assert "N · missing" in text
    assert "no reading" in text
