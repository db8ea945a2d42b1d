from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery.actions import read_meters, seal_due_hours, seal_hour, start_due, sweep
from delivery.actions.sweeping import fail_overdue
from delivery.domain.handover import Status
from delivery.models import Reading, ReadingBatch
from delivery.queries import delivered_share, hours_awaiting_seal
from sandbox.sites import SimulatedConnector
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.queries import wall_now


def test_a_delivery_is_read_sealed_and_completed(world: World) -> None:
    delivery = Delivery(world, devices=8, hours=2)
    delivery.begin()

    delivery.quarters(8)

    assert delivery.row.state == "COMPLETED"
    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [28_800, 28_800]
    assert Reading.objects.filter(allocation_id=delivery.id).count() == 8
    assert delivered_share(delivery.row.pool.site_id) == 10_000
    assert broken() == []


def test_readings_taken_twice_or_late_together_are_the_same(world: World) -> None:
    delivery = Delivery(world)
    delivery.begin()
    now = delivery.start + 8 * QUARTER

    assert read_meters(now=now, wall=wall_now()) == 8
    assert read_meters(now=now, wall=wall_now()) == 0

    assert ReadingBatch.objects.filter(allocation_id=delivery.id).count() == 1
    assert seal_due_hours(now=now) == 2
    assert seal_due_hours(now=now) == 0
    assert broken() == []


def test_an_unhealthy_quarter_is_not_delivered(world: World, settings: Any) -> None:
    settings.SIMULATED_SITES = {"unhealthy_bp": 10_000}
    delivery = Delivery(world)
    delivery.begin()

    delivery.quarters(8)

    first = delivery.seals()[0]
    unhealthy = sum(row.unhealthy_device_seconds for row in Reading.objects.all()[:4])
    assert unhealthy > 0
    assert first.delivered_device_seconds == 28_800 - unhealthy


def test_a_silent_meter_leaves_a_marked_gap_after_the_grace(world: World, settings: Any) -> None:
    delivery = Delivery(world)
    delivery.begin()
    settings.SIMULATED_SITES = {"silent_bp": 10_000}

    delivery.quarters(4)
    assert delivery.seals() == []
    assert hours_awaiting_seal(delivery.start + 4 * QUARTER, 10) == [(delivery.id, delivery.start)]

    delivery.quarters(8, first=4)

    assert [seal.estimated_intervals for seal in delivery.seals()] == [4, 4]
    assert sum(seal.delivered_device_seconds for seal in delivery.seals()) == 0
    assert broken() == []


def test_an_hour_that_nobody_has_asked_for_yet_is_not_sealed_as_a_gap(world: World) -> None:
    """The workers were away for longer than the grace: the meter still knows what was given."""
    delivery = Delivery(world)
    delivery.begin()
    late = delivery.start + timedelta(hours=9)

    assert seal_due_hours(now=late) == 0
    read_meters(now=late, wall=wall_now())
    assert seal_due_hours(now=late) == 2

    assert [seal.estimated_intervals for seal in delivery.seals()] == [0, 0]
    assert sum(seal.delivered_device_seconds for seal in delivery.seals()) == 57_600
    assert broken() == []


def test_what_was_accepted_is_delivered_though_nobody_started_it_in_time(world: World) -> None:
    """The workers were away for the whole window: the site held the devices all the same."""
    delivery = Delivery(world)
    delivery.hand_over()
    late = delivery.agreement.ends_at + timedelta(days=1)

    # Whichever leg comes first: money seals nothing of what nobody has looked at.
    assert seal_due_hours(now=late) == 0
    delivery.sweep(late)
    assert delivery.row.state == "DELIVERING"
    assert read_meters(now=late, wall=wall_now()) == 8
    delivery.sweep(late)
    seal_due_hours(now=late)

    assert delivery.row.state == "COMPLETED"
    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [28_800, 28_800]
    assert broken() == []


def test_a_hand_over_that_the_sweep_could_not_start_yet_is_not_failed(world: World) -> None:
    """Another leg held its row, or there were more than one sweep starts."""
    delivery = Delivery(world)
    delivery.hand_over()
    late = delivery.start + timedelta(hours=1)

    assert start_due(now=late, wall=wall_now(), limit=0) == 0
    assert fail_overdue(now=late) == 0
    assert start_due(now=late, wall=wall_now()) == 1


def test_a_meter_that_breaks_leaves_the_others_read(world: World, monkeypatch: Any) -> None:
    broken_site, well = Delivery(world, devices=4), Delivery(world, devices=4)
    broken_site.begin()
    well.begin()
    read = SimulatedConnector.read_meter

    def read_meter(site: SimulatedConnector, view: Any, windows: Any) -> Any:
        if view.allocation_id == broken_site.id:
            raise KeyError(view.external_name)
        return read(site, view, windows)

    monkeypatch.setattr(SimulatedConnector, "read_meter", read_meter)

    assert read_meters(now=well.start + 4 * QUARTER, wall=wall_now()) == 4
    assert read_meters(now=well.agreement.ends_at + timedelta(hours=1), wall=wall_now()) == 4
    delivery_ends = well.agreement.ends_at + timedelta(hours=1)
    assert broken_site.row.metered_until == broken_site.agreement.ends_at
    broken_site.sweep(delivery_ends)
    assert broken_site.row.state == "COMPLETED"


def test_what_failed_seals_as_undelivered_hour_by_hour(world: World, settings: Any) -> None:
    settings.SIMULATED_SITES = {"acceptance_failure_bp": 10_000}
    delivery = Delivery(world)
    delivery.hand_over()

    seal_due_hours(now=delivery.start + timedelta(hours=1))
    assert len(delivery.seals()) == 1
    seal_due_hours(now=delivery.start + timedelta(hours=5))

    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [0, 0]
    assert broken() == []


def test_a_later_run_seals_anew_and_the_first_stays(world: World) -> None:
    delivery = Delivery(world)
    delivery.begin()
    delivery.quarters(8)
    now = delivery.start + timedelta(days=5)

    first = delivery.seals()[0]
    later = seal_hour(allocation_id=delivery.id, hour_start=delivery.start, run="SF", now=now)
    again = seal_hour(allocation_id=delivery.id, hour_start=delivery.start, run="SF", now=now)

    assert later.pk == again.pk != first.pk
    assert later.delivered_device_seconds == first.delivered_device_seconds


def test_silence_interrupts_and_return_resumes(world: World, monkeypatch: Any) -> None:
    delivery = Delivery(world)
    delivery.begin()
    wall = wall_now()
    answers = [Status(alive=True, healthy=False, detail="no answer")]
    monkeypatch.setattr(SimulatedConnector, "inspect", lambda *_: answers[0])

    sweep(now=delivery.start + QUARTER, wall=wall + timedelta(seconds=30))
    assert delivery.row.state == "DELIVERING"
    sweep(now=delivery.start + QUARTER, wall=wall + timedelta(seconds=70))
    assert delivery.row.state == "INTERRUPTED"
    answers[0] = Status(alive=True, healthy=True)
    sweep(now=delivery.start + QUARTER, wall=wall + timedelta(seconds=80))

    assert delivery.row.state == "DELIVERING"
    assert broken() == []


def test_a_hand_over_that_is_gone_is_made_anew_under_the_next_generation(
    world: World, monkeypatch: Any
) -> None:
    delivery = Delivery(world)
    delivery.begin()
    gone = Status(alive=False, healthy=False, detail="gone")
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedConnector, "inspect", lambda *_: gone)
        sweep(now=delivery.start + QUARTER, wall=wall_now())
    assert delivery.row.state == "INTERRUPTED"
    assert delivery.row.external_name.endswith("-g2")

    sweep(now=delivery.start + QUARTER, wall=wall_now())

    assert delivery.row.state == "DELIVERING"
    assert delivery.row.acceptance_tests.count() == 2
    assert broken() == []


def test_the_cost_of_metering_does_not_grow_by_statements(world: World) -> None:
    counts = []
    for _ in range(2):
        deliveries = [Delivery(world, devices=1, hours=1) for _ in range(1 + 3 * len(counts))]
        for delivery in deliveries:
            delivery.begin()
        now = deliveries[0].start + 4 * QUARTER
        with CaptureQueriesContext(connection) as metering:
            assert read_meters(now=now, wall=wall_now()) == 4 * len(deliveries)
        with CaptureQueriesContext(connection) as sealing:
            assert seal_due_hours(now=now) == len(deliveries)
        counts.append((len(sealing), len(metering)))

    # The first metering also registers the site's key.
    assert counts[1][0] == counts[0][0]
    assert counts[1][1] <= counts[0][1]
