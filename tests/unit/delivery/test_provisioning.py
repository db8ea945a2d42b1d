from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from delivery.actions import plan_allocation, provision, read_meters, sweep
from delivery.actions.attempts import claim, done, failed, still_ours
from delivery.domain.retry import LEASE, MAX_TRIES
from delivery.models import AcceptanceTest, Allocation, AllocationEvent, Attempt
from delivery.queries import agreements_awaiting_allocation, allocations_to_provision
from delivery.queries.sessions import sessions
from exchange.refusal import NotFound
from tests.unit.delivery.process_site import until
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.queries import wall_now


def test_an_agreement_gets_one_allocation_named_after_it(world: World) -> None:
    agreement = world.agree(world.deal())
    assert agreements_awaiting_allocation(10) == [agreement.pk]

    first = plan_allocation(agreement_id=agreement.pk, now=world.now)
    second = plan_allocation(agreement_id=agreement.pk, now=world.now)

    assert first.pk == second.pk
    assert first.external_name == f"gh-{agreement.number}-g1"
    assert agreements_awaiting_allocation(10) == []


def test_an_agreement_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        plan_allocation(agreement_id=0, now=world.now)


def test_a_hand_over_is_tested_and_accepted(world: World) -> None:
    delivery = Delivery(world)

    row = delivery.hand_over()

    test = AcceptanceTest.objects.get(allocation=row)
    assert row.state == "ACCEPTED"
    assert test.gflops_per_device >= test.gflops_required > 0
    assert delivery.hand_over().state == "ACCEPTED"
    assert AcceptanceTest.objects.filter(allocation=row).count() == 1


def test_a_failed_acceptance_test_ends_the_hand_over_with_its_figures(
    world: World, settings: Any
) -> None:
    settings.SIMULATED_SITES = {"acceptance_failure_bp": 10_000}

    row = Delivery(world).hand_over()

    assert row.state == "FAILED"
    assert "GFLOPS a device" in row.state_reason


def test_a_site_that_cannot_is_asked_a_bounded_number_of_times(world: World, settings: Any) -> None:
    settings.SIMULATED_SITES = {"provision_failure_bp": 10_000}
    delivery = Delivery(world)
    wall = wall_now()

    states = []
    for _ in range(MAX_TRIES + 3):
        states.append(delivery.hand_over(wall=wall).state)
        wall += timedelta(seconds=61)

    assert states == ["PROVISIONING"] * (MAX_TRIES - 1) + ["FAILED"] * 4
    assert AllocationEvent.objects.filter(kind="SITE_FAILED").count() == MAX_TRIES
    assert broken() == []


def test_a_failed_try_rests_before_the_next(world: World, settings: Any) -> None:
    settings.SIMULATED_SITES = {"provision_failure_bp": 10_000}
    delivery = Delivery(world)
    wall = wall_now()
    soon = delivery.start - timedelta(minutes=30)

    delivery.hand_over(wall=wall)

    assert allocations_to_provision(soon, wall, 10) == []
    assert allocations_to_provision(soon, wall + timedelta(seconds=3), 10) == [delivery.id]


def test_a_worker_that_dies_with_the_lease_is_followed_by_another(world: World) -> None:
    delivery = Delivery(world)
    wall = wall_now()
    lost = claim(key=f"provision:{delivery.id}", wall=wall)
    assert lost is not None

    assert delivery.hand_over(wall=wall).state == "PLANNED"
    assert delivery.hand_over(wall=wall + LEASE).state == "ACCEPTED"
    assert not still_ours(lost)


def test_what_a_killed_worker_had_claimed_is_free_at_once(world: World) -> None:
    """Its session at the database is over; a worker that was only stopped still has its own."""
    delivery = Delivery(world)
    wall, soon = wall_now(), delivery.start - timedelta(minutes=30)
    lost = claim(key=f"provision:{delivery.id}", wall=wall)
    assert lost is not None
    assert allocations_to_provision(soon, wall, 10) == []

    Attempt.objects.filter(key=lost.key).update(session="1:1")

    assert allocations_to_provision(soon, wall, 10) == [delivery.id]
    assert delivery.hand_over(wall=wall).state == "ACCEPTED"
    assert not still_ours(lost)


def test_a_session_is_known_while_it_lasts(db: None) -> None:
    others = connection.settings_dict
    with psycopg.connect(
        host=others["HOST"], port=others["PORT"], user=others["USER"], dbname=others["NAME"]
    ) as other:
        pid = other.info.backend_pid
        assert any(name.startswith(f"{pid}:") for name in sessions().living)

    assert sessions().own in sessions().living
    until(lambda: not any(name.startswith(f"{pid}:") for name in fresh_sessions()))


def fresh_sessions() -> frozenset[str]:
    """Ask again: within one transaction the server tells what it told before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    return sessions().living


def test_a_key_is_claimed_by_one_at_a_time(world: World) -> None:
    wall = wall_now()

    first = claim(key="provision:1", wall=wall)

    assert first is not None
    assert claim(key="provision:1", wall=wall) is None
    done(first)
    again = claim(key="provision:1", wall=wall)
    assert again is not None
    assert again.fence > first.fence
    assert not failed(again, error="no", wall=wall)
    assert Attempt.objects.get(key="provision:1").last_error == "no"


def test_what_is_not_handed_over_in_time_fails(world: World) -> None:
    delivery = Delivery(world)

    sweep(now=delivery.start + timedelta(hours=1), wall=wall_now())

    assert delivery.row.state == "FAILED"
    assert delivery.row.state_reason == "not handed over in time"
    assert (
        provision(allocation_id=delivery.id, now=delivery.start, wall=wall_now()).state == "FAILED"
    )


@pytest.mark.parametrize("state", ["PLANNED", "ACCEPTED", "DELIVERING", "INTERRUPTED"])
def test_no_allocation_outlives_its_deadline(world: World, state: str) -> None:
    delivery = Delivery(world)
    if state != "PLANNED":
        delivery.hand_over()
    if state in {"DELIVERING", "INTERRUPTED"}:
        delivery.sweep(delivery.start)
        Allocation.objects.filter(pk=delivery.id).update(state=state)

    late = delivery.agreement.ends_at + timedelta(hours=1)
    sweep(now=late, wall=wall_now())
    read_meters(now=late, wall=wall_now())
    sweep(now=late, wall=wall_now())

    assert delivery.row.state == ("FAILED" if state == "PLANNED" else "COMPLETED")
