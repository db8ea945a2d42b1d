"""Prove a delivery's readings from the first one: every hash and every signature, again."""

from dataclasses import dataclass

from delivery.adapters.signatures import verifies
from delivery.domain.chain import genesis, link, signed_message
from delivery.domain.metering import QuarterReading
from delivery.domain.naming import base_of
from delivery.models import Allocation, Reading, ReadingBatch


@dataclass(frozen=True)
class ReadingsProof:
    """What was proved. `broken_at` is the number of the first reading that does not fit."""

    readings: int
    signatures: int
    broken_at: int | None
    bad_signatures: int

    @property
    def holds(self) -> bool:
        """Tell whether everything fits."""
        return self.broken_at is None and not self.bad_signatures


def prove_readings(*, allocation_id: int) -> ReadingsProof:
    """Compute the chain anew and check the signature of every batch."""
    row = Allocation.objects.get(pk=allocation_id)
    base = base_of(row.external_name)
    head, count, broken = genesis(base), 0, None
    for stored in Reading.objects.filter(allocation=row).order_by("sequence").iterator():
        count += 1
        reading = QuarterReading(
            stored.interval_start,
            stored.delivered_device_seconds,
            stored.unhealthy_device_seconds,
            stored.version,
            stored.quality,
        )
        fits = stored.previous_hash == head and stored.sequence == count
        head = link(head, count, reading)
        if broken is None and not (fits and stored.hash == head):
            broken = count
    if broken is None and (head, count) != (row.chain_head, row.chain_length):
        broken = count
    batches = ReadingBatch.objects.filter(allocation=row).select_related("site_key")
    good = [
        verifies(batch.site_key.public_key, batch.signature, signed_message(base, batch.head))
        for batch in batches
    ]
    return ReadingsProof(count, len(good), broken, good.count(False))
