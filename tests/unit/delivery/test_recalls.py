"""A seller takes recallable capacity back: after its notice, never within it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.models import Agreement
from delivery.actions import (
    plan_allocation,
    read_meters,
    recall_allocation,
    schedule_queue,
    seal_due_hours,
    submit_work,
    sweep,
)
from delivery.domain.jobs import JobRequest
from delivery.domain.recall import owed_seconds, recalled_from
from delivery.domain.refusals import (
    AlreadyRecalled,
    NotRecallable,
    RecallTooLate,
    RecallTooSoon,
)
from delivery.models import Allocation, AllocationEvent, Job
from delivery.queries.work import allocations_to_provision
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound
from marketplace.models import Trade
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import Deal, World
from timetable.queries import wall_now

HOUR = timedelta(hours=1)
NOTICE = 60


def recallable(world: World, *, hours: int = 4) -> Agreement:
    """Ada sells Ben eight devices that she may recall with an hour's notice."""
    listing = world.listing(hours=hours, firmness="RECALLABLE", recall_notice_minutes=NOTICE)
    order = world.order(
        hours=hours, latest=world.hour(hours), firmness=("FIRM", "RECALLABLE"), amount=8
    )
    return world.agree(Deal(listing, order, Trade.objects.get(order=order)))


class Recallable(Delivery):
    """A delivery of recallable capacity."""

    def __init__(self, world: World, *, hours: int = 4) -> None:
        self.world = world
        self.agreement = recallable(world, hours=hours)
        self.id = plan_allocation(agreement_id=self.agreement.pk, now=world.now).pk

    def recall(self, now: datetime, **more: Any) -> Allocation:
        ada = self.world.cast.ada
        return recall_allocation(member_id=ada.id, allocation_id=self.id, now=now, **more)


@pytest.fixture
def delivery(world: World) -> Recallable:
    delivery = Recallable(world)
    delivery.begin()
    return delivery


def test_the_delivery_ends_with_the_notice_and_no_sooner(delivery: Recallable) -> None:
    asked = delivery.start + timedelta(minutes=20)

    row = delivery.recall(asked)

    # 20 minutes past, an hour's notice: the first quarter-hour after that.
    assert row.recalled_from == delivery.start + timedelta(minutes=90)
    delivery.quarters(5)
    assert delivery.row.state == "DELIVERING"
    delivery.quarters(1, first=5)
    assert delivery.row.state == "RECALLED"
    assert broken() == []


def test_what_was_delivered_until_then_is_sealed_and_the_rest_is_nothing(
    delivery: Recallable,
) -> None:
    delivery.recall(delivery.start)
    delivery.quarters(16)

    assert delivery.row.state == "RECALLED"
    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [8 * 3600, 0, 0, 0]
    assert broken() == []


def test_a_meter_is_not_read_beyond_the_recall_even_when_workers_were_away(
    delivery: Recallable,
) -> None:
    delivery.recall(delivery.start)
    late = delivery.start + 3 * HOUR

    read_meters(now=late, wall=wall_now())
    sweep(now=late, wall=wall_now())
    seal_due_hours(now=late)

    assert delivery.row.state == "RECALLED"
    assert delivery.row.metered_until == delivery.start + HOUR
    assert [seal.delivered_device_seconds for seal in delivery.seals()] == [8 * 3600, 0, 0]


def test_a_silent_meter_keeps_no_recalled_delivery_open(
    delivery: Recallable, settings: Any
) -> None:
    settings.SIMULATED_SITES = {"silent_bp": 10_000}
    delivery.recall(delivery.start)

    delivery.sweep(delivery.start + 2 * HOUR - QUARTER)
    assert delivery.row.state in {"DELIVERING", "INTERRUPTED"}
    delivery.sweep(delivery.start + 2 * HOUR)
    assert delivery.row.state == "RECALLED"


def test_a_recall_before_the_window_hands_nothing_over(world: World) -> None:
    delivery = Recallable(world)
    early = delivery.start - timedelta(minutes=75)

    row = delivery.recall(early)

    assert row.recalled_from == delivery.start - QUARTER
    assert allocations_to_provision(delivery.start - QUARTER, wall_now(), 10) == []
    delivery.sweep(delivery.start - QUARTER)
    assert delivery.row.state == "RECALLED"
    seal_due_hours(now=delivery.agreement.ends_at)
    assert {seal.delivered_device_seconds for seal in delivery.seals()} == {0}
    assert len(delivery.seals()) == 4


def test_the_same_recall_again_changes_nothing(delivery: Recallable) -> None:
    first = delivery.recall(delivery.start)
    again = delivery.recall(delivery.start + QUARTER)
    named = delivery.recall(delivery.start + QUARTER, wanted=first.recalled_from)

    assert first.recalled_from == again.recalled_from == named.recalled_from
    assert AllocationEvent.objects.filter(kind="RECALL_ASKED").count() == 1
    with pytest.raises(AlreadyRecalled):
        delivery.recall(delivery.start + QUARTER, wanted=delivery.start + 3 * HOUR)


def test_a_seller_may_name_a_later_instant_but_none_within_the_notice(
    delivery: Recallable,
) -> None:
    with pytest.raises(RecallTooSoon):
        delivery.recall(delivery.start, wanted=delivery.start + timedelta(minutes=45))
    with pytest.raises(RecallTooLate):
        delivery.recall(delivery.start, wanted=delivery.agreement.ends_at)

    row = delivery.recall(delivery.start, wanted=delivery.start + 2 * HOUR)
    assert row.recalled_from == delivery.start + 2 * HOUR


def test_firm_capacity_is_not_recalled(world: World) -> None:
    firm = Delivery(world)
    firm.begin()

    with pytest.raises(NotRecallable):
        recall_allocation(member_id=world.cast.ada.id, allocation_id=firm.id, now=firm.start)
    assert firm.row.recalled_from is None


@pytest.mark.parametrize("name", ["ben", "dana", "cleo", "eli"])
def test_only_the_seller_recalls(world: World, delivery: Recallable, name: str) -> None:
    player = getattr(world.cast, name)

    with pytest.raises(NotFound):
        recall_allocation(member_id=player.id, allocation_id=delivery.id, now=delivery.start)


def test_what_has_ended_is_not_recalled(delivery: Recallable) -> None:
    delivery.quarters(16)
    assert delivery.row.state == "COMPLETED"

    with pytest.raises(MoveRefused):
        delivery.recall(delivery.start)


def test_jobs_that_save_their_state_are_told_in_time_and_go_back_into_the_queue(
    world: World, delivery: Recallable
) -> None:
    ben = world.cast.ben.id
    asked = JobRequest(
        client_job_id="train",
        name="train",
        variants={"CUDA": ["python3", "train.py"]},
        devices=8,
        time_limit_s=3_600,
        saves_in_s=300,
    )
    [job] = submit_work(member_id=ben, asked=asked, now=delivery.start)
    schedule_queue(member_id=ben, now=delivery.start + QUARTER, factor=1)
    delivery.recall(delivery.start)

    def told_at(minutes: int) -> bool:
        schedule_queue(member_id=ben, now=delivery.start + timedelta(minutes=minutes), factor=1)
        return Job.objects.get(pk=job.pk).preempted_at is not None

    assert [told_at(54), told_at(55)] == [False, True]
    delivery.quarters(4)
    assert delivery.row.state == "RECALLED"
    assert Job.objects.get(pk=job.pk).state == "QUEUED"
    schedule_queue(member_id=ben, now=delivery.start + HOUR, factor=1)
    assert Job.objects.get(pk=job.pk).wait_reason == "NOTHING_HELD"
    assert broken() == []


def test_an_hour_is_owed_up_to_the_recall() -> None:
    start = datetime.fromisoformat("2026-12-01T00:00:00+00:00")

    assert owed_seconds(start, None) == 3600
    assert owed_seconds(start, start + 2 * HOUR) == 3600
    assert owed_seconds(start, start + QUARTER) == 900
    assert owed_seconds(start, start - QUARTER) == 0


def test_a_notice_ends_on_a_quarter_hour_and_is_never_cut_short() -> None:
    start = datetime.fromisoformat("2026-12-01T00:00:00+00:00")
    end = start + timedelta(days=1)

    for minute in range(0, 60, 7):
        asked = start + timedelta(minutes=minute, seconds=13)
        begins = recalled_from(asked_at=asked, notice_minutes=NOTICE, ends_at=end)
        assert asked + HOUR <= begins < asked + HOUR + QUARTER
        assert begins.minute % 15 == 0
        assert begins.second == 0
