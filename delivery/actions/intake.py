"""Many sites' signed batches at once: each checked as by itself, all written by COPY."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from counter.waking import announce
from delivery.actions.chains import save_cursors
from delivery.actions.readings import NEVER_METERED, Accepted, accept_readings
from delivery.adapters.signatures import verifies
from delivery.domain.chain import extend, signed_message
from delivery.domain.metering import QUARTER, QuarterReading
from delivery.domain.naming import base_of
from delivery.domain.plain import is_plain
from delivery.domain.refusals import ChainBroken, SignatureRefused
from delivery.domain.validation import MeterBounds
from delivery.models import Allocation, Reading, SiteKey
from exchange.refusal import Refused

MOST_BATCHES = 10_000
KEYS_A_SITE = 10


@dataclass(frozen=True)
class SignedBatch:
    """One allocation's readings as its site delivered them; `member_id` is who sent them."""

    member_id: int
    external_name: str
    readings: Sequence[QuarterReading]
    head: str
    signature: str


@dataclass(frozen=True)
class _Checked:
    """A plain batch whose chain and signature hold."""

    row: Allocation
    readings: Sequence[QuarterReading]
    hashes: list[str]
    site_key_id: int
    signature: str


def accept_batches(*, batches: Sequence[SignedBatch], now: datetime) -> list[Accepted | Refused]:
    """Store many batches; answer for each what `accept_readings` would, a refusal returned.

    One that is refused changes nothing and holds up no other. Usual batches (measured, in
    order, unknown so far) are written together, at most ten thousand; the rest go one by one,
    and so does a second batch of one allocation.
    """
    if len(batches) > MOST_BATCHES:
        msg = f"{len(batches)} batches; at most {MOST_BATCHES} at once"
        raise ValueError(msg)
    answers: dict[int, Accepted | Refused] = _together(batches, now)
    for index, batch in enumerate(batches):
        if index not in answers:
            answers[index] = _alone(batch, now)
    return [answers[index] for index in range(len(batches))]


def _alone(batch: SignedBatch, now: datetime) -> Accepted | Refused:
    try:
        return accept_readings(
            member_id=batch.member_id,
            external_name=batch.external_name,
            readings=batch.readings,
            head=batch.head,
            signature=batch.signature,
            now=now,
        )
    except Refused as refusal:
        return refusal


@transaction.atomic
def _together(batches: Sequence[SignedBatch], now: datetime) -> dict[int, Accepted | Refused]:
    """Check and store the plain batches; leave out what needs a second look."""
    rows = _locked(batches)
    newest = _newest_intervals(rows.values())
    keys = _keys_of({row.pool.site_id for row in rows.values()})
    answers: dict[int, Accepted | Refused] = {}
    checked: list[_Checked] = []
    taken: set[str] = set()
    for index, batch in enumerate(batches):
        row = rows.get(batch.external_name)
        if row is None or row.pool.site.owner_id != batch.member_id:
            continue
        bounds = MeterBounds(row.devices, row.starts_at, row.ends_at, now)
        if batch.external_name in taken or not is_plain(batch.readings, bounds, newest.get(row.pk)):
            continue
        taken.add(batch.external_name)
        one = _check(row, batch, keys[row.pool.site_id])
        if isinstance(one, Refused):
            answers[index] = one
        else:
            checked.append(one)
            answers[index] = Accepted(head=batch.head, stored=len(batch.readings), known=0)
    _write(checked, now)
    return answers


def _locked(batches: Sequence[SignedBatch]) -> dict[str, Allocation]:
    found = (
        Allocation.objects.select_for_update(of=("self",))
        .filter(external_name__in={batch.external_name for batch in batches})
        .exclude(state__in=NEVER_METERED)
        .select_related("pool__site")
        .order_by("id")
    )
    return {row.external_name: row for row in found}


def _newest_intervals(rows: Iterable[Allocation]) -> dict[int, datetime]:
    """Return the newest interval stored of each allocation that has any."""
    begun = [row.pk for row in rows if row.chain_length]
    found = Reading.objects.filter(allocation_id__in=begun).values("allocation_id")
    last = found.annotate(last=Max("interval_start")).order_by("allocation_id")
    return {row["allocation_id"]: row["last"] for row in last}


def _keys_of(site_ids: Iterable[int]) -> dict[int, list[SiteKey]]:
    """Return each site's keys in force, the newest first."""
    keys: dict[int, list[SiteKey]] = defaultdict(list)
    found = SiteKey.objects.filter(site_id__in=list(site_ids), revoked_at=None)
    for key in found.order_by("-id"):
        if len(keys[key.site_id]) < KEYS_A_SITE:
            keys[key.site_id].append(key)
    return keys


def _check(row: Allocation, batch: SignedBatch, keys: Sequence[SiteKey]) -> _Checked | Refused:
    """Compute the chain anew and find the key that signed its head."""
    hashes = extend(row.chain_head, row.chain_length, batch.readings)
    if hashes[-1] != batch.head:
        return ChainBroken(head=row.chain_head)
    message = signed_message(base_of(row.external_name), batch.head)
    for key in keys:
        if verifies(key.public_key, batch.signature, message):
            return _Checked(row, batch.readings, hashes, key.pk, batch.signature)
    return SignatureRefused()


def _write(checked: Sequence[_Checked], now: datetime) -> None:
    """COPY batches and readings, and move the cursors."""
    if not checked:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('delivery_readingbatch', 'id'))"
            " FROM generate_series(1, %s)",
            [len(checked)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        at = now.isoformat()
        with cursor.copy(
            "COPY delivery_readingbatch"
            " (id, allocation_id, site_key_id, head, signature, received_at) FROM STDIN"
        ) as copy:
            copy.write(
                "".join(_batch_line(pk, one, at) for pk, one in zip(ids, checked, strict=True))
            )
        with cursor.copy(
            "COPY delivery_reading (allocation_id, batch_id, interval_start, version, sequence,"
            " delivered_device_seconds, unhealthy_device_seconds, quality, previous_hash, hash)"
            " FROM STDIN"
        ) as copy:
            said: dict[datetime, str] = {}
            for pk, one in zip(ids, checked, strict=True):
                copy.write("".join(_reading_lines(pk, one, said)))
    for one in checked:
        _advance(one)
    save_cursors([one.row for one in checked])
    announce("reading")


def _batch_line(pk: int, one: _Checked, at: str) -> str:
    return f"{pk}\t{one.row.pk}\t{one.site_key_id}\t{one.hashes[-1]}\t{one.signature}\t{at}\n"


def _reading_lines(batch_id: int, one: _Checked, said: dict[datetime, str]) -> Iterator[str]:
    """Yield the rows as COPY reads them; `said` keeps the texts of instants, which repeat."""
    previous, place = one.row.chain_head, f"{one.row.pk}\t{batch_id}\t"
    sequence = one.row.chain_length
    for reading, digest in zip(one.readings, one.hashes, strict=True):
        sequence += 1
        start = reading.interval_start
        at = said.get(start) or said.setdefault(start, start.isoformat())
        yield (
            f"{place}{at}\t1\t{sequence}\t{reading.delivered_device_seconds}"
            f"\t{reading.unhealthy_device_seconds}\tMEASURED\t{previous}\t{digest}\n"
        )
        previous = digest


def _advance(one: _Checked) -> None:
    """Move the row's chain, and its cursor over the quarters that follow without a gap."""
    row = one.row
    row.chain_head = one.hashes[-1]
    row.chain_length += len(one.hashes)
    for reading in one.readings:
        if reading.interval_start == row.metered_until:
            row.metered_until += QUARTER
