"""Two meters: the buyer's probe contests the site's, within a tolerance, and money follows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from delivery.actions import (
    accept_probe_readings,
    decide_dispute,
    open_dispute,
    seal_due_hours,
)
from delivery.domain.metering import QuarterReading
from delivery.domain.refusals import DisputeRefused, ReadingConflict, ReadingRefused
from delivery.domain.two_meters import TwoMeters, upheld_quarters
from delivery.models import MeterDispute, ProbeReading, SealedUsage
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

WHOLE = 8 * 900


@pytest.fixture
def delivery(world: World) -> Delivery:
    """An hour that the site's meter says was delivered whole, sealed for the first run."""
    delivery = Delivery(world, hours=2)
    delivery.begin()
    delivery.quarters(4)
    seal_due_hours(now=delivery.start + 4 * QUARTER)
    return delivery


def probe(world: World, delivery: Delivery, *amounts: int) -> int:
    return accept_probe_readings(
        member_id=world.cast.ben.id,
        allocation_id=delivery.id,
        readings=[
            QuarterReading(delivery.start + place * QUARTER, amount)
            for place, amount in enumerate(amounts)
        ],
        now=later(delivery),
    )


def later(delivery: Delivery) -> Any:
    return delivery.start + timedelta(hours=1, minutes=15)


def contest(world: World, delivery: Delivery, **more: Any) -> MeterDispute:
    usual = {
        "member_id": world.cast.ben.id,
        "allocation_id": delivery.id,
        "hour_start": delivery.start,
        "now": later(delivery),
    }
    return open_dispute(**{**usual, **more})


def decide(dispute: MeterDispute, delivery: Delivery, *, upheld: bool) -> MeterDispute:
    return decide_dispute(
        dispute_id=dispute.pk, upheld=upheld, reason="logs of both seen", person_id=None,
        now=later(delivery),
    )  # fmt: skip


def test_upheld_the_lower_meter_counts_in_the_next_run_and_is_marked(
    world: World, delivery: Delivery
) -> None:
    probe(world, delivery, WHOLE, 1_000, WHOLE, WHOLE)
    dispute = contest(world, delivery)

    decide(dispute, delivery, upheld=True)

    seal = SealedUsage.objects.get(run="SF")
    assert seal.quarter_device_seconds == [WHOLE, 1_000, WHOLE, WHOLE]
    assert seal.estimated == [False, True, False, False]
    assert seal.delivered_device_seconds == 3 * WHOLE + 1_000
    assert broken() == []


def test_dismissed_nothing_changes(world: World, delivery: Delivery) -> None:
    probe(world, delivery, 0, 0, 0, 0)
    dispute = decide(contest(world, delivery), delivery, upheld=False)

    assert (dispute.state, dispute.resealed) == ("DISMISSED", None)
    assert SealedUsage.objects.count() == 1
    with pytest.raises(MoveRefused):
        decide(dispute, delivery, upheld=True)


def test_an_hour_is_contested_once(world: World, delivery: Delivery) -> None:
    probe(world, delivery, 0, 0, 0, 0)

    assert contest(world, delivery).pk == contest(world, delivery).pk


def test_within_two_per_cent_the_sites_meter_stands(world: World, delivery: Delivery) -> None:
    # Two per cent of 28,800 device-seconds are 576.
    probe(world, delivery, WHOLE, WHOLE, WHOLE, WHOLE - 576)

    with pytest.raises(DisputeRefused, match="agree within two per cent"):
        contest(world, delivery)


def test_what_cannot_be_contested_says_why(world: World, delivery: Delivery) -> None:
    with pytest.raises(DisputeRefused, match="did not see all four quarters"):
        contest(world, delivery)
    probe(world, delivery, 0, 0, 0, 0)
    with pytest.raises(DisputeRefused, match="not sealed"):
        contest(world, delivery, hour_start=delivery.start + timedelta(hours=1))
    with pytest.raises(DisputeRefused, match="days for disputes are over"):
        contest(world, delivery, now=delivery.start + timedelta(days=400))
    with pytest.raises(NotFound):
        contest(world, delivery, member_id=world.cast.ada.id)


def test_a_probe_says_one_figure_a_quarter(world: World, delivery: Delivery) -> None:
    assert probe(world, delivery, 5, 6) == 2
    assert probe(world, delivery, 5, 6, 7) == 1

    with pytest.raises(ReadingConflict):
        probe(world, delivery, 5, 9)
    with pytest.raises(ReadingRefused):
        probe(world, delivery, WHOLE + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProbeReading.objects.update(delivered_device_seconds=1)


def test_the_last_run_is_the_last_word(world: World, delivery: Delivery) -> None:
    probe(world, delivery, 0, 0, 0, 0)
    dispute = contest(world, delivery)
    seal = SealedUsage.objects.get()
    for run in ("SF", "R1", "RF"):
        seal.pk, seal.run = None, run
        seal.save(force_insert=True)

    with pytest.raises(DisputeRefused, match="last settlement run"):
        decide(dispute, delivery, upheld=True)


def test_the_doors_are_the_buyers_and_the_operators(world: World, delivery: Delivery) -> None:
    step_to(market_at=later(delivery), reason="test", wall=wall_now())
    clients = {}
    for name in ("ben", "ada", "eli", "dana"):
        clients[name] = Client()
        clients[name].force_login(getattr(world.cast, name).person)

    def post(name: str, address: str, body: dict[str, Any]) -> Any:
        return clients[name].post(f"/api/v1/{address}", body, content_type="application/json")

    readings = [
        {
            "interval_start": (delivery.start + k * QUARTER).isoformat(),
            "delivered_device_seconds": 100,
        }
        for k in range(4)
    ]
    hour = {"hour_start": delivery.start.isoformat()}

    assert post("ben", f"allocations/{delivery.id}/probe/", {"readings": readings}).json() == {
        "stored": 4
    }
    assert post("ada", f"allocations/{delivery.id}/probe/", {"readings": readings}).status_code in {
        403,
        404,
    }
    opened = post("ben", f"allocations/{delivery.id}/disputes/", hour)
    assert opened.status_code == 200
    assert opened.json()["probe_quarters"] == [100] * 4
    address = f"meter-disputes/{opened.json()['id']}/decide/"
    assert post("ben", address, {"upheld": True, "reason": "mine"}).status_code == 403
    listed = clients["ada"].get("/api/v1/meter-disputes/").json()["results"]
    assert [one["state"] for one in listed] == ["OPEN"]
    assert clients["dana"].get("/api/v1/meter-disputes/").json()["results"] == []
    done = post("eli", address, {"upheld": True, "reason": "the site's log shows a fault"})
    assert (done.json()["state"], done.json()["resealed_run"]) == ("UPHELD", "SF")


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_probe_that_says_more_is_never_a_dispute(whole: int, site: int, more: int) -> None:
    assert not TwoMeters(whole, site, site + more).is_beyond_tolerance


def test_the_lower_of_the_two_counts_by_quarter() -> None:
    assert upheld_quarters([9, 1, 5, 0], [1, 9, 5, 3]) == (1, 1, 5, 0)
