from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from delivery.actions import read_meters, revoke_site_key, seal_due_hours
from delivery.domain.chain import extend, genesis, signed_message
from delivery.domain.metering import QuarterReading
from delivery.models import Reading, SiteKey
from tests.cast import Player
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

ADDRESS = "/api/v1/readings/"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PUBLIC = KEY.public_key().public_bytes_raw().hex()


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


class Site:
    """Ada's site: it keeps its own chain, signs it and sends it in."""

    def __init__(self, world: World, delivery: Delivery) -> None:
        self.client = caller(world.cast.ada)
        self.name = delivery.row.external_name
        self.base = f"gh-{delivery.agreement.number}"
        self.head, self.length = genesis(self.base), 0
        self.start = delivery.start
        answer = self.post(
            "/api/v1/site-keys/", {"site": world.west_site.code, "public_key": PUBLIC}
        )
        assert answer.status_code == 201

    def post(self, address: str, body: dict[str, Any]) -> Any:
        return self.client.post(address, body, content_type="application/json")

    def reading(self, quarter: int, delivered: int = 7_200, **more: Any) -> QuarterReading:
        return QuarterReading(self.start + quarter * QUARTER, delivered, **more)

    def batch(
        self, readings: list[QuarterReading], *, key: Ed25519PrivateKey = KEY, **other: Any
    ) -> dict[str, Any]:
        head = extend(self.head, self.length, readings)[-1]
        return {
            "allocation": self.name,
            "readings": [
                {
                    "interval_start": reading.interval_start.isoformat(),
                    "delivered_device_seconds": reading.delivered_device_seconds,
                    "unhealthy_device_seconds": reading.unhealthy_device_seconds,
                    "version": reading.version,
                    "quality": reading.quality,
                }
                for reading in readings
            ],
            "head": head,
            "signature": key.sign(signed_message(self.base, head)).hex(),
        } | other

    def send(self, readings: list[QuarterReading], **more: Any) -> Any:
        body = self.batch(readings, **more)
        answer = self.post(ADDRESS, body)
        if answer.status_code == 201:
            self.head, self.length = body["head"], self.length + answer.json()["stored"]
        return answer


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world, devices=8, hours=2)
    delivery.begin()
    step_to(market_at=delivery.agreement.ends_at, reason="test", wall=wall_now())
    return delivery


@pytest.fixture
def site(world: World, delivery: Delivery) -> Site:
    return Site(world, delivery)


def test_a_signed_batch_is_stored_once(site: Site, delivery: Delivery) -> None:
    readings = [site.reading(k) for k in range(8)]
    body = site.batch(readings)

    first = site.post(ADDRESS, body)
    second = site.post(ADDRESS, body)

    assert (first.status_code, first.json()["stored"]) == (201, 8)
    assert (second.status_code, second.json()) == (
        200,
        {"head": first.json()["head"], "stored": 0, "known": 8},
    )
    assert seal_due_hours(now=delivery.agreement.ends_at) == 2
    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [28_800, 28_800]
    assert broken() == []


def test_batches_that_overlap_add_what_is_new(site: Site) -> None:
    site.send([site.reading(0), site.reading(1)])

    first = [site.reading(1), site.reading(2)]
    head = extend(site.head, 2, [site.reading(2)])[-1]
    signature = KEY.sign(signed_message(site.base, head)).hex()
    answer = site.post(ADDRESS, site.batch(first, head=head, signature=signature))

    assert (answer.status_code, answer.json()["stored"], answer.json()["known"]) == (201, 1, 1)
    assert broken() == []


def test_another_value_for_a_stored_interval_is_a_conflict(site: Site) -> None:
    site.send([site.reading(0)])

    answer = site.send([site.reading(0, 100)])

    assert (answer.status_code, answer.json()["code"]) == (409, "E-READING-02")
    assert Reading.objects.count() == 1


def test_a_correction_is_a_new_version_and_counts(site: Site, delivery: Delivery) -> None:
    site.send([site.reading(k) for k in range(8)])

    answer = site.send([site.reading(0, 100, version=2, quality="EDITED")])
    seal_due_hours(now=delivery.agreement.ends_at)

    assert answer.status_code == 201
    assert delivery.seals()[0].delivered_device_seconds == 100 + 3 * 7_200
    assert broken() == []


def test_quarters_may_arrive_in_any_order(site: Site, delivery: Delivery) -> None:
    for quarter in (3, 0, 7, 1, 6, 2, 5, 4):
        assert site.send([site.reading(quarter, 900 * quarter)]).status_code == 201
    seal_due_hours(now=delivery.agreement.ends_at)

    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [5_400, 19_800]
    assert all(seal.estimated_intervals == 0 for seal in delivery.seals())
    assert broken() == []


def test_a_hole_waits_for_its_reading_until_the_grace_is_over(
    site: Site, delivery: Delivery, settings: Any
) -> None:
    settings.SIMULATED_SITES = {"silent_bp": 10_000}
    site.send([site.reading(k) for k in (0, 2, 3)])

    for hours, sealed in ((1, 0), (2, 1)):
        now = delivery.start + timedelta(hours=hours)
        read_meters(now=now, wall=wall_now())
        assert seal_due_hours(now=now) == sealed

    assert delivery.seals()[0].estimated == [False, True, False, False]
    assert delivery.seals()[0].delivered_device_seconds == 28_800


BAD = {
    "negative": {"delivered": -1},
    "far negative": {"delivered": -(2**40)},
    "more than the devices can give": {"delivered": 7_201},
    "a spike": {"delivered": 2**50},
    "negative unhealthy": {"unhealthy_device_seconds": -1},
    "delivered and unhealthy overlap": {"unhealthy_device_seconds": 1},
    "unhealthy beyond the devices": {"delivered": 0, "unhealthy_device_seconds": 7_201},
    "unknown quality": {"quality": "GUESSED"},
    "quality in small letters": {"quality": "measured"},
    "version nought": {"version": 0},
    "version below nought": {"version": -3},
    "a correction of nothing": {"version": 2, "quality": "EDITED"},
    "a skipped version": {"version": 3, "quality": "EDITED"},
    "a correction that claims to be measured": {"version": 2},
    "before the window": {"quarter": -1},
    "long before the window": {"quarter": -4_000},
    "after the window": {"quarter": 8},
    "long after the window": {"quarter": 9_000},
}


@pytest.mark.parametrize("case", BAD)
def test_a_reading_that_cannot_be_true_is_refused(site: Site, case: str) -> None:
    facts: dict[str, Any] = {"quarter": 0, "delivered": 7_200, **BAD[case]}
    reading = site.reading(facts.pop("quarter"), facts.pop("delivered"), **facts)

    answer = site.send([site.reading(1), reading])

    assert (answer.status_code, answer.json()["code"]) == (422, "E-READING-01"), case
    assert "1" in answer.json()["title"]
    assert Reading.objects.count() == 0


@pytest.mark.parametrize("shift", [1, 60, 899, 901])
def test_a_reading_off_the_quarter_hour_is_refused(site: Site, shift: int) -> None:
    reading = QuarterReading(site.start + timedelta(seconds=shift), 900)

    assert site.send([reading]).json()["code"] == "E-READING-01"


def test_two_values_for_one_interval_in_a_batch_are_refused(site: Site) -> None:
    answer = site.send([site.reading(0), site.reading(0, 5)])

    assert "two values" in answer.json()["title"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"head": "0" * 64}, 409, "E-READING-03"),
        ({"signature": "0" * 128}, 422, "E-READING-04"),
        ({"signature": "zz"}, 400, None),
        ({"head": "short"}, 400, None),
        ({"readings": []}, 400, None),
        ({"surprise": 1}, 400, None),
        ({"allocation": "gh-unknown-g1"}, 404, "E-NOT-FOUND"),
        ({"readings": [{"interval_start": "soon", "delivered_device_seconds": 1}]}, 400, None),
        ({"readings": [{"interval_start": None, "delivered_device_seconds": 1}]}, 400, None),
        ({"readings": [{"delivered_device_seconds": "many"}]}, 400, None),
        ({"readings": [{"interval_start": "2026-11-23T06:00:00Z", "x": 1}]}, 400, None),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(
    site: Site, change: dict[str, Any], status: int, code: str | None
) -> None:
    answer = site.post(ADDRESS, site.batch([site.reading(0)]) | change)

    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code
    assert Reading.objects.count() == 0


def test_a_strange_or_revoked_key_signs_nothing(world: World, site: Site) -> None:
    strange = site.send([site.reading(0)], key=OTHER_KEY)
    key = SiteKey.objects.get(public_key=PUBLIC)
    revoke_site_key(member_id=world.cast.ada.id, key_id=key.pk, now=world.now)
    revoked = site.send([site.reading(0)])

    assert strange.json()["code"] == revoked.json()["code"] == "E-READING-04"


def test_readings_of_the_future_are_refused(world: World) -> None:
    delivery = Delivery(world)
    delivery.begin()
    step_to(market_at=delivery.start + QUARTER, reason="test", wall=wall_now())
    site = Site(world, delivery)

    assert site.send([site.reading(0)]).status_code == 201
    assert "not yet over" in site.send([site.reading(1)]).json()["title"]


@pytest.mark.parametrize("name", ["ben", "dana", "gwen"])
def test_others_than_the_site_s_owner_deliver_nothing(world: World, site: Site, name: str) -> None:
    body = site.batch([site.reading(0)])

    answer = caller(getattr(world.cast, name)).post(ADDRESS, body, content_type="application/json")

    assert answer.status_code in {403, 404}
    assert Reading.objects.count() == 0


def test_several_batches_are_answered_one_by_one(world: World, delivery: Delivery) -> None:
    site = Site(world, delivery)
    good = site.batch([site.reading(0), site.reading(1)])
    stranger = {**good, "allocation": "gh-GH-2026-999999-g1"}

    answer = site.post("/api/v1/readings/many/", {"batches": [stranger, good]})

    assert answer.status_code == 200
    first, second = answer.json()["batches"]
    assert first["code"] == "E-NOT-FOUND"
    assert second == {"allocation": site.name, "head": good["head"], "stored": 2, "known": 0}
    many = site.post("/api/v1/readings/many/", {"batches": [good] * 51})
    assert many.status_code == 400
