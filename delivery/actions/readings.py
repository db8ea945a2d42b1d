"""The sites' door: a signed batch of readings, checked, chained and stored once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from counter.waking import announce
from delivery.actions.chains import SignedSegment, append, save_cursors
from delivery.adapters.signatures import verifies
from delivery.domain.chain import extend, signed_message
from delivery.domain.metering import QUARTER, QuarterReading
from delivery.domain.naming import base_of
from delivery.domain.refusals import (
    ChainBroken,
    ReadingConflict,
    ReadingRefused,
    SignatureRefused,
)
from delivery.domain.validation import MAX_BATCH, MeterBounds, flag_of
from delivery.models import Allocation, Reading, SiteKey
from exchange.refusal import NotFound

NEVER_METERED = {"PLANNED", "PROVISIONING", "ACCEPTED"}


@dataclass(frozen=True)
class Accepted:
    """What became of a batch: the chain's head, and how many readings were new."""

    head: str
    stored: int
    known: int


@transaction.atomic
def accept_readings(
    *,
    member_id: int,
    external_name: str,
    readings: Sequence[QuarterReading],
    head: str,
    signature: str,
    now: datetime,
) -> Accepted:
    """Store a batch of one allocation's readings, all or none; same values again change nothing.

    Refuses what cannot be true (ReadingRefused), other values for a stored interval and
    version (ReadingConflict), a head that does not follow (ChainBroken) and signatures of
    other keys (SignatureRefused). NotFound unless the member owns the site.
    """
    row = _own_allocation(member_id, external_name)
    _check_each(row, readings, now)
    fresh = _without_known(row, readings)
    if not fresh:
        return Accepted(head=row.chain_head, stored=0, known=len(readings))
    hashes = extend(row.chain_head, row.chain_length, fresh)
    if hashes[-1] != head:
        raise ChainBroken(head=row.chain_head)
    key = _signer(row, head, signature)
    append([SignedSegment(row, tuple(fresh), tuple(hashes), key.pk, signature)], now)
    _pass_known(row)
    save_cursors([row])
    announce("reading")
    return Accepted(head=head, stored=len(fresh), known=len(readings) - len(fresh))


def _pass_known(row: Allocation) -> None:
    """Move the cursor over quarters that had arrived before the one that was missing."""
    later = Reading.objects.filter(allocation=row, interval_start__gte=row.metered_until)
    starts = set(later.values_list("interval_start", flat=True))
    while row.metered_until is not None and row.metered_until in starts:
        row.metered_until += QUARTER


def _own_allocation(member_id: int, external_name: str) -> Allocation:
    row = (
        Allocation.objects.select_for_update(of=("self",))
        .filter(external_name=external_name, pool__site__owner_id=member_id)
        .exclude(state__in=NEVER_METERED)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _check_each(row: Allocation, readings: Sequence[QuarterReading], now: datetime) -> None:
    """Refuse the first reading that cannot be true."""
    if not 0 < len(readings) <= MAX_BATCH:
        raise ReadingRefused(index=0, flag=f"a batch has 1 to {MAX_BATCH} readings")
    bounds = MeterBounds(row.devices, row.starts_at, row.ends_at, now)
    seen: dict[tuple[datetime, int], QuarterReading] = {}
    for index, reading in enumerate(readings):
        flag = flag_of(reading, bounds)
        twin = seen.setdefault((reading.interval_start, reading.version), reading)
        if flag or twin != reading:
            raise ReadingRefused(index=index, flag=flag or "two values for one interval")


def _without_known(row: Allocation, readings: Sequence[QuarterReading]) -> list[QuarterReading]:
    """Return the readings not stored yet, each once; refuse conflicts and skipped versions."""
    stored = _stored(row, readings)
    latest: dict[datetime, int] = {}
    for start, version in stored:
        latest[start] = max(version, latest.get(start, 0))
    fresh: list[QuarterReading] = []
    for index, reading in enumerate(readings):
        known = stored.get((reading.interval_start, reading.version))
        next_version = latest.get(reading.interval_start, 0) + 1
        if known is not None and known != reading:
            raise ReadingConflict(index=index, next=next_version)
        if known is not None:
            continue
        if reading.version != next_version:
            raise ReadingRefused(index=index, flag=f"version {next_version} is next")
        fresh.append(reading)
        stored[(reading.interval_start, reading.version)] = reading
        latest[reading.interval_start] = reading.version
    return fresh


def _stored(
    row: Allocation, readings: Sequence[QuarterReading]
) -> dict[tuple[datetime, int], QuarterReading]:
    starts = {reading.interval_start for reading in readings}
    rows = Reading.objects.filter(allocation=row, interval_start__in=starts)
    return {
        (stored.interval_start, stored.version): QuarterReading(
            interval_start=stored.interval_start,
            delivered_device_seconds=stored.delivered_device_seconds,
            unhealthy_device_seconds=stored.unhealthy_device_seconds,
            version=stored.version,
            quality=stored.quality,
        )
        for stored in rows
    }


def _signer(row: Allocation, head: str, signature: str) -> SiteKey:
    """Return the site's key in force that made the signature, or refuse."""
    message = signed_message(base_of(row.external_name), head)
    keys = SiteKey.objects.filter(Q(revoked_at=None), site__pools=row.pool_id)
    for key in keys.order_by("-id")[:10]:
        if verifies(key.public_key, signature, message):
            return key
    raise SignatureRefused
