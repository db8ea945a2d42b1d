"""The buyer's probe, and disputes of the site's meter: opened by the buyer, decided by people."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.actions import record_deed
from contracts.queries import terms_of
from counter.waking import announce
from delivery.domain.metering import HOUR, QUARTERS, RUNS, QuarterReading
from delivery.domain.refusals import DisputeRefused, ReadingConflict, ReadingRefused
from delivery.domain.two_meters import DISPUTE_LIFECYCLE, TwoMeters, upheld_quarters
from delivery.domain.validation import MAX_BATCH, MeterBounds, flag_of
from delivery.models import Allocation, MeterDispute, ProbeReading, SealedUsage
from exchange.refusal import NotFound


@transaction.atomic
def accept_probe_readings(
    *, member_id: int, allocation_id: int, readings: Sequence[QuarterReading], now: datetime
) -> int:
    """Store what the buyer's probe found, all or none; return how many quarters were new.

    Refuses others' deliveries with NotFound, what cannot be true with ReadingRefused, and
    another figure for a stored quarter with ReadingConflict: a probe has no second versions.
    """
    row = _bought(member_id, allocation_id)
    if not 0 < len(readings) <= MAX_BATCH:
        raise ReadingRefused(index=0, flag=f"a batch has 1 to {MAX_BATCH} readings")
    bounds = MeterBounds(row.devices, row.starts_at, row.ends_at, now)
    known = {
        one.interval_start: one.delivered_device_seconds
        for one in ProbeReading.objects.filter(
            allocation=row, interval_start__in=[one.interval_start for one in readings]
        )
    }
    fresh: list[ProbeReading] = []
    for index, reading in enumerate(readings):
        flag = flag_of(reading, bounds)
        if flag:
            raise ReadingRefused(index=index, flag=flag)
        amount = reading.delivered_device_seconds
        if known.setdefault(reading.interval_start, amount) != amount:
            raise ReadingConflict(index=index, next=1)
        fresh.append(
            ProbeReading(
                allocation=row,
                interval_start=reading.interval_start,
                delivered_device_seconds=amount,
                received_at=now,
            )
        )
    before = ProbeReading.objects.filter(allocation=row).count()
    ProbeReading.objects.bulk_create(fresh, ignore_conflicts=True)
    return ProbeReading.objects.filter(allocation=row).count() - before


def _bought(member_id: int, allocation_id: int) -> Allocation:
    row = (
        Allocation.objects.select_for_update(of=("self",))
        .filter(pk=allocation_id, agreement__buyer_id=member_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


@transaction.atomic
def open_dispute(
    *,
    member_id: int,
    allocation_id: int,
    hour_start: datetime,
    person_id: int | None = None,
    now: datetime,
) -> MeterDispute:
    """Contest a sealed hour of the buyer's own; a second time returns the first dispute.

    Refuses others' deliveries with NotFound. DisputeRefused says why else: the hour is not
    sealed, the probe did not see all of it, the meters agree within two per cent of what was
    contracted, or the agreement's days for disputes are over.
    """
    row = _bought(member_id, allocation_id)
    existing = MeterDispute.objects.filter(allocation=row, hour_start=hour_start).first()
    if existing is not None:
        return existing
    seal = _newest_seal(row, hour_start)
    probe = _probe_quarters(row, hour_start)
    days = terms_of(row.agreement_id).dispute_days
    if seal is None:
        raise DisputeRefused(why="the hour is not sealed")
    if hour_start + HOUR + timedelta(days=days) < now:
        raise DisputeRefused(why=f"the {days} days for disputes are over")
    if len(probe) < QUARTERS:
        raise DisputeRefused(why="the probe did not see all four quarters")
    meters = TwoMeters(seal.contracted_device_seconds, seal.delivered_device_seconds, sum(probe))
    if not meters.is_beyond_tolerance:
        raise DisputeRefused(why="the meters agree within two per cent")
    dispute = MeterDispute.objects.create(
        allocation=row, hour_start=hour_start, contested=seal, probe_quarters=probe, opened_at=now
    )
    record_deed(
        verb="METER_DISPUTED",
        subject=f"allocation:{row.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={"hour": hour_start.isoformat(), "difference_bp": meters.difference_bp},
    )
    return dispute


def _newest_seal(row: Allocation, hour_start: datetime) -> SealedUsage | None:
    return SealedUsage.objects.filter(allocation=row, hour_start=hour_start).order_by("-id").first()


def _probe_quarters(row: Allocation, hour_start: datetime) -> list[int]:
    found = ProbeReading.objects.filter(
        allocation=row, interval_start__gte=hour_start, interval_start__lt=hour_start + HOUR
    )
    return list(found.order_by("interval_start").values_list("delivered_device_seconds", flat=True))


@transaction.atomic
def decide_dispute(
    *, dispute_id: int, upheld: bool, reason: str, person_id: int | None, now: datetime
) -> MeterDispute:
    """Decide an open dispute; upheld, the hour is sealed for the next run by the lower meter.

    Decided disputes stay as they are (MoveRefused). DisputeRefused when every run of the hour
    has been sealed, or no reason is given. Only doors of the operator call this.
    """
    dispute = (
        MeterDispute.objects.select_for_update(of=("self",))
        .select_related("allocation", "contested")
        .filter(pk=dispute_id)
        .first()
    )
    if dispute is None:
        raise NotFound
    state = "UPHELD" if upheld else "DISMISSED"
    DISPUTE_LIFECYCLE.check(dispute.state, state)
    if not reason.strip():
        raise DisputeRefused(why="a decision needs its reason")
    dispute.state, dispute.decided_at, dispute.reason = state, now, reason.strip()[:400]
    if upheld:
        dispute.resealed = _reseal(dispute, now)
    dispute.save(update_fields=["state", "decided_at", "reason", "resealed"])
    record_deed(
        verb=f"METER_DISPUTE_{state}",
        subject=f"allocation:{dispute.allocation_id}",
        now=now,
        person_id=person_id,
        facts={"dispute": dispute.pk, "reason": dispute.reason},
    )
    if upheld:
        announce("sealed")
    return dispute


def _reseal(dispute: MeterDispute, now: datetime) -> SealedUsage:
    """Seal the hour for its next run; quarters where the probe counts are marked as estimates."""
    newest = _newest_seal(dispute.allocation, dispute.hour_start)
    assert newest is not None
    following = RUNS.index(newest.run) + 1
    if following == len(RUNS):
        raise DisputeRefused(why="the hour has been through its last settlement run")
    quarters = upheld_quarters(newest.quarter_device_seconds, dispute.probe_quarters)
    estimated = [
        marked or quarter < site
        for marked, quarter, site in zip(
            newest.estimated, quarters, newest.quarter_device_seconds, strict=True
        )
    ]
    return SealedUsage.objects.create(
        allocation=dispute.allocation,
        hour_start=dispute.hour_start,
        run=RUNS[following],
        contracted_device_seconds=newest.contracted_device_seconds,
        delivered_device_seconds=sum(quarters),
        quarter_device_seconds=list(quarters),
        estimated=estimated,
        estimated_intervals=sum(estimated),
        last_reading_hash=newest.last_reading_hash,
        sealed_at=now,
    )
