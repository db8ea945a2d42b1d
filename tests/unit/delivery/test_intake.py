"""Many sites' batches at once: each as by itself, and sealed by one statement as by the rule."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.actions import prove_readings, seal_due_hours
from delivery.actions.intake import SignedBatch, accept_batches
from delivery.actions.readings import Accepted, accept_readings
from delivery.adapters.signatures import sign_for_site
from delivery.domain.chain import extend, signed_message
from delivery.domain.metering import QUARTER, QuarterReading, seal_hour
from delivery.domain.naming import base_of
from delivery.domain.plain import is_plain
from delivery.domain.refusals import ChainBroken, ReadingRefused, SignatureRefused
from delivery.domain.validation import MeterBounds, flag_of
from delivery.models import Allocation, Reading, ReadingBatch, SealedUsage, SiteKey
from exchange.refusal import NotFound
from tests.unit.delivery.story import Delivery
from tests.world import World

WHOLE = 8 * 900


@pytest.fixture
def deliveries(world: World) -> list[Delivery]:
    found = [Delivery(world, hours=2), Delivery(world, hours=2)]
    for one in found:
        one.begin()
    return found


def readings(one: Delivery, *amounts: int | None) -> list[QuarterReading]:
    return [
        QuarterReading(one.start + index * QUARTER, amount)
        for index, amount in enumerate(amounts)
        if amount is not None
    ]


def batch(world: World, one: Delivery, said: list[QuarterReading], **more: Any) -> SignedBatch:
    row = one.row
    head = extend(row.chain_head, row.chain_length, said)[-1]
    key, signature = sign_for_site(
        row.pool.site.code, signed_message(base_of(row.external_name), head)
    )
    SiteKey.objects.get_or_create(
        public_key=key, defaults={"site": row.pool.site, "valid_from": world.now}
    )
    usual = SignedBatch(world.cast.ada.id, row.external_name, said, head, signature)
    return replace(usual, **more)


def over(one: Delivery) -> datetime:
    return one.start + timedelta(hours=2)


def test_batches_of_several_sites_are_stored_chained_and_sealed(
    world: World, deliveries: list[Delivery]
) -> None:
    first, second = deliveries
    now = over(first)

    answers = accept_batches(
        batches=[
            batch(world, first, readings(first, *[WHOLE] * 8)),
            batch(world, second, readings(second, *[WHOLE, 100] * 4)),
        ],
        now=now,
    )

    assert [type(answer) for answer in answers] == [Accepted, Accepted]
    for one in deliveries:
        assert prove_readings(allocation_id=one.id).holds
        assert one.row.metered_until == now
    assert Reading.objects.count() == 16
    assert ReadingBatch.objects.count() == 2
    assert seal_due_hours(now=now) == 4
    sums = dict(
        SealedUsage.objects.filter(hour_start=first.start).values_list(
            "allocation_id", "delivered_device_seconds"
        )
    )
    assert sums == {first.id: 4 * WHOLE, second.id: 2 * (WHOLE + 100)}


def test_one_bad_batch_holds_up_no_other(world: World, deliveries: list[Delivery]) -> None:
    first, second = deliveries
    now, good = over(first), readings(first, WHOLE, WHOLE)
    wrong_head = batch(world, first, good, head="0" * 64)
    wrong_signature = batch(world, first, good, signature="00" * 64)
    stranger = batch(world, first, good, member_id=world.cast.ben.id)
    impossible = batch(world, first, readings(first, WHOLE + 1))

    answers = accept_batches(
        batches=[
            wrong_head, wrong_signature, stranger, impossible,
            batch(world, second, readings(second, WHOLE)),
        ],
        now=now,
    )  # fmt: skip

    assert [type(answer) for answer in answers] == [
        ChainBroken, SignatureRefused, NotFound, ReadingRefused, Accepted,
    ]  # fmt: skip
    assert first.row.chain_length == 0


def test_a_batch_sent_again_changes_nothing(world: World, deliveries: list[Delivery]) -> None:
    one = deliveries[0]
    sent = batch(world, one, readings(one, WHOLE, WHOLE))

    accept_batches(batches=[sent], now=over(one))
    (again,) = accept_batches(batches=[sent], now=over(one))

    assert isinstance(again, Accepted)
    assert (again.stored, again.known) == (0, 2)
    assert Reading.objects.count() == 2


def test_the_two_doors_write_the_same(world: World, deliveries: list[Delivery]) -> None:
    first, second = deliveries
    said = batch(world, first, readings(first, WHOLE, None, 50, 60))
    accept_batches(batches=[said], now=over(first))
    alone = batch(world, second, readings(second, WHOLE, None, 50, 60))

    accept_readings(
        member_id=alone.member_id, external_name=alone.external_name, readings=alone.readings,
        head=alone.head, signature=alone.signature, now=over(second),
    )  # fmt: skip

    fields = ("interval_start", "version", "sequence", "delivered_device_seconds", "quality")
    written = [
        list(Reading.objects.filter(allocation_id=one.id).values_list(*fields))
        for one in deliveries
    ]
    assert written[0] == written[1]
    assert first.row.metered_until == second.row.metered_until == first.start + QUARTER


def test_a_crowd_beyond_the_bound_is_refused_whole(world: World) -> None:
    with pytest.raises(ValueError, match="at most 10000"):
        accept_batches(batches=[None] * 10_001, now=world.now)  # type: ignore[list-item]


def test_the_database_refuses_a_reading_without_its_allocation_or_batch(
    world: World, deliveries: list[Delivery]
) -> None:
    first, second = deliveries
    accept_batches(batches=[batch(world, first, readings(first, WHOLE))], now=over(first))
    theirs = ReadingBatch.objects.get()
    row: dict[str, Any] = {
        "interval_start": second.start, "sequence": 1, "delivered_device_seconds": 1,
        "quality": "MEASURED", "previous_hash": "p", "hash": "h",
    }  # fmt: skip

    for wrong in (
        {"allocation_id": 10**12},
        {"allocation_id": second.id, "batch_id": 10**12},
        {"allocation_id": second.id, "batch_id": theirs.pk},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(**row, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM delivery_allocation WHERE id = %s", [first.id])


START = datetime.fromisoformat("2026-12-01T08:00:00+00:00")
ANY_READING = st.builds(
    QuarterReading,
    interval_start=st.integers(-3, 12).map(lambda k: START + k * QUARTER / 2),
    delivered_device_seconds=st.integers(-1, 2_000),
    unhealthy_device_seconds=st.integers(-1, 300),
    version=st.integers(0, 2),
    quality=st.sampled_from(["MEASURED", "MEASURED", "ESTIMATED", "GUESSED"]),
)


@given(st.lists(ANY_READING, max_size=4))
def test_what_is_plain_has_no_flag(said: list[QuarterReading]) -> None:
    bounds = MeterBounds(2, START, START + 4 * QUARTER, START + 3 * QUARTER)

    if is_plain(said, bounds, None):
        assert all(flag_of(one, bounds) == "" for one in said)
        assert len({one.interval_start for one in said}) == len(said)


QUARTERS = st.lists(
    st.builds(
        QuarterReading,
        interval_start=st.integers(0, 7).map(lambda k: k * QUARTER),
        delivered_device_seconds=st.integers(0, WHOLE + 50),
        version=st.integers(1, 3),
        quality=st.sampled_from(["MEASURED", "ESTIMATED", "EDITED"]),
    ),
    max_size=12,
    unique_by=lambda item: (item.interval_start, item.version),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_the_statement_seals_as_the_rule_says(
    world: World, deliveries: list[Delivery], data: st.DataObject
) -> None:
    one = deliveries[0]
    said = [
        replace(item, interval_start=one.start + item.interval_start)  # type: ignore[operator]
        for item in data.draw(QUARTERS)
    ]
    savepoint = transaction.savepoint()
    Reading.objects.bulk_create(
        Reading(
            allocation_id=one.id, interval_start=item.interval_start, version=item.version,
            sequence=place, delivered_device_seconds=item.delivered_device_seconds,
            quality=item.quality, previous_hash="p", hash=f"h{place}",
        )
        for place, item in enumerate(said, 1)
    )  # fmt: skip
    Allocation.objects.filter(pk=one.id).update(metered_until=over(one))

    seal_due_hours(now=over(one))

    seals = list(SealedUsage.objects.filter(allocation_id=one.id))
    transaction.savepoint_rollback(savepoint)
    assert len(seals) == 2
    for seal in seals:
        until = seal.hour_start + timedelta(hours=1)
        mine = [r for r in said if seal.hour_start <= r.interval_start < until]
        rule = seal_hour(seal.hour_start, 8, mine)
        assert tuple(seal.quarter_device_seconds) == rule.quarter_device_seconds
        assert tuple(seal.estimated) == rule.estimated
        assert seal.delivered_device_seconds == rule.delivered_device_seconds
        assert seal.estimated_intervals == rule.estimated_intervals
        assert seal.last_reading_hash == (f"h{said.index(mine[-1]) + 1}" if mine else "")
