"""Each invariant is broken on purpose, and caught."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from delivery.models import Allocation, Job, JobGroup, JobLog, JobVariant, Substitution
from delivery.queries.data_invariants import DATA_INVARIANTS
from delivery.queries.invariants import INVARIANTS
from delivery.queries.link_invariants import LINK_INVARIANTS
from delivery.tasks import plan_allocations
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

APPEND_ONLY = (
    "acceptancetest",
    "allocationevent",
    "joblog",
    "reading",
    "readingbatch",
    "sealedusage",
)
CHECKS = {
    "delivery_sealedusage": ("sealed_usage_is_within_contract", "an_hour_has_four_quarters"),
    "delivery_allocation": ("allocation_state_is_known",),
    "delivery_reading": ("reading_is_not_negative",),
}


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world, devices=8, hours=2)
    delivery.begin()
    delivery.quarters(5)
    assert broken() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in APPEND_ONLY:
            name = f"delivery_{table}"
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER {name}_is_append_only")
        for table, names in CHECKS.items():
            for name in names:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return delivery


def sql(statement: str) -> Callable[[Delivery], None]:
    def corrupt(delivery: Delivery) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("ID", str(delivery.id)))

    return corrupt


def job_of(delivery: Delivery, **more: Any) -> Job:
    job = Job.objects.create(
        buyer_id=delivery.agreement.buyer_id,
        allocation_id=delivery.id,
        name="j",
        client_job_id=f"c{Job.objects.count()}",
        submitted_at=delivery.start,
    )
    variant = JobVariant.objects.create(job=job, stack="CUDA", command=["true"])
    Job.objects.filter(pk=job.pk).update(variant=variant, **more)
    return job


def tear_a_gang(delivery: Delivery) -> None:
    group = JobGroup.objects.create(buyer_id=delivery.agreement.buyer_id, kind="GANG", size=2)
    job_of(delivery, state="RUNNING", group=group, group_index=0)
    job_of(delivery, state="QUEUED", group=group, group_index=1)


def without_allocation(delivery: Delivery) -> None:
    agreement = delivery.world.agree(delivery.world.deal(start=0))
    step_to(market_at=agreement.ends_at, reason="test", wall=wall_now())


def too_late(delivery: Delivery) -> None:
    Allocation.objects.filter(pk=delivery.id).update(
        ends_at=delivery.start - 4 * (delivery.agreement.ends_at - delivery.start)
    )
    step_to(market_at=delivery.agreement.ends_at, reason="test", wall=wall_now())


def replaced_by_the_same_seller(delivery: Delivery) -> None:
    again = delivery.world.agree(delivery.world.deal(start=4))
    Substitution.objects.create(
        of_allocation_id=delivery.id,
        attempt=1,
        state="REPLACED",
        state_since=delivery.start,
        opened_at=delivery.start,
        covers_from=delivery.start,
        ends_at=delivery.agreement.ends_at,
        replacement=again,
    )


def sought_for_ever(delivery: Delivery) -> None:
    Substitution.objects.create(
        of_allocation_id=delivery.id,
        attempt=1,
        state_since=delivery.start,
        opened_at=delivery.start,
        ends_at=delivery.start - 4 * (delivery.agreement.ends_at - delivery.start),
    )


CORRUPTIONS: list[tuple[str, str, Callable[[Delivery], None]]] = [
    ("D-01", "no allocation", without_allocation),
    (
        "D-02",
        "another name",
        sql("UPDATE delivery_allocation SET external_name = 'x' WHERE id = ID"),
    ),
    ("D-02", "generation", sql("UPDATE delivery_allocation SET generation = 9 WHERE id = ID")),
    (
        "D-03",
        "value",
        sql("UPDATE delivery_reading SET delivered_device_seconds = 1 WHERE sequence = 2"),
    ),
    (
        "D-03",
        "link",
        sql("UPDATE delivery_reading SET previous_hash = repeat('0', 64) WHERE sequence = 3"),
    ),
    ("D-03", "removed", sql("UPDATE delivery_reading SET sequence = 99 WHERE sequence = 3")),
    ("D-03", "cut", sql("DELETE FROM delivery_reading WHERE sequence = 5")),
    (
        "D-03",
        "head",
        sql("UPDATE delivery_allocation SET chain_head = repeat('0', 64) WHERE id = ID"),
    ),
    ("D-04", "more", sql("UPDATE delivery_sealedusage SET delivered_device_seconds = 99999")),
    ("D-04", "less", sql("UPDATE delivery_sealedusage SET delivered_device_seconds = 1")),
    ("D-04", "contract", sql("UPDATE delivery_sealedusage SET contracted_device_seconds = 90000")),
    ("D-05", "unmarked gap", sql("DELETE FROM delivery_reading WHERE sequence = 2")),
    ("D-05", "false mark", sql("UPDATE delivery_sealedusage SET estimated_intervals = 2")),
    ("D-06", "a jump", sql("UPDATE delivery_allocation SET state = 'COMPLETED' WHERE id = ID")),
    ("D-06", "a leap", sql("DELETE FROM delivery_allocationevent WHERE kind = 'ACCEPTED'")),
    ("D-07", "a seal gone", sql("DELETE FROM delivery_sealedusage")),
    (
        "D-08",
        "a spike",
        sql("UPDATE delivery_reading SET delivered_device_seconds = 7201 WHERE sequence = 1"),
    ),
    (
        "D-08",
        "outside",
        sql(
            "UPDATE delivery_reading SET interval_start = interval_start - interval '1 day'"
            " WHERE sequence = 1"
        ),
    ),
    ("D-09", "untested", sql("DELETE FROM delivery_acceptancetest")),
    ("D-10", "outlived", too_late),
    (
        "D-11",
        "head of none",
        sql("UPDATE delivery_readingbatch SET head = repeat('0', 56) || lpad(id::text, 8, '0')"),
    ),
    (
        "D-12",
        "too many devices",
        lambda delivery: job_of(delivery, devices=99, state="RUNNING"),
    ),
    (
        "D-13",
        "output with a hole",
        lambda delivery: JobLog.objects.create(job=job_of(delivery), sequence=2, text="x"),
    ),
    (
        "D-14",
        "a torn gang",
        tear_a_gang,
    ),
    (
        "D-15",
        "firm devices recalled",
        sql(
            "UPDATE delivery_allocation SET recall_asked_at = starts_at,"
            " recalled_from = starts_at + interval '90 minutes' WHERE id = ID"
        ),
    ),
    ("D-16", "replaced by the same seller", replaced_by_the_same_seller),
    ("D-17", "sought for ever", sought_for_ever),
]


@pytest.mark.parametrize(
    ("code", "what", "corrupt"),
    CORRUPTIONS,
    ids=[f"{code} {what}" for code, what, _ in CORRUPTIONS],
)
def test_a_planted_corruption_is_found(
    delivery: Delivery, code: str, what: str, corrupt: Callable[[Delivery], object]
) -> None:
    corrupt(delivery)

    assert code in broken()


def test_every_invariant_has_a_corruption() -> None:
    # Those of links and of data are broken in tests/unit/delivery/links and in .../data.
    others = (*LINK_INVARIANTS, *DATA_INVARIANTS)
    own = {invariant.code for invariant in INVARIANTS if invariant not in others}
    assert {code for code, _, _ in CORRUPTIONS} == own


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_is_never_changed(world: World, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgenabled = 'O'",
            [f"delivery_{table}_is_append_only"],
        )
        assert cursor.fetchone() == (1,)


def test_a_link_is_delivered_by_nobody_and_breaks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = world.agree(world.linked_deal())
    plan_allocations()

    step_to(market_at=agreement.ends_at, reason="test", wall=wall_now())

    assert Allocation.objects.filter(agreement=agreement).exists()
    assert Allocation.objects.count() == 1
    assert broken() == []
