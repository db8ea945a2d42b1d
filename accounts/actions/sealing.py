"""Chain deeds and publish the head. One sealer at a time; writers never wait for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from accounts.domain.chain import START, chained
from accounts.models import DailyHead, Seal, SealedDeed
from accounts.queries.audit import chain_head, deeds_to_seal, facts_of
from exchange.window import delivery_day

# Any number that no other advisory lock uses.
SEALER_LOCK = 7_305_002
MOST_DEEDS_A_RUN = 5_000


@dataclass(frozen=True)
class SealReport:
    """How many deeds a run chained, and the head after it."""

    sealed: int
    last_sequence: int
    head: str


@transaction.atomic(durable=True)
def seal_deeds(*, now: datetime) -> SealReport:
    """Chain deeds older than the oldest running transaction; at most 5,000 a run.

    Does nothing while another sealer works. Publishes the head of each ended
    delivery day once.
    """
    if not _only_sealer():
        sequence, head = chain_head()
        return SealReport(0, sequence, head)
    sequence, head = chain_head()
    deeds = deeds_to_seal()[:MOST_DEEDS_A_RUN]
    links = list(chained((facts_of(deed) for deed in deeds), sequence=sequence, head=head))
    SealedDeed.objects.bulk_create(
        [
            SealedDeed(
                sequence=link.sequence,
                deed_id=link.deed.deed_id,
                previous_hash=link.previous_hash,
                hash=link.hash,
                sealed_at=now,
            )
            for link in links
        ],
        batch_size=1_000,
    )
    if links:
        sequence, head = links[-1].sequence, links[-1].hash
        Seal.objects.create(last_sequence=sequence, hash=head, sealed_at=now)
    publish_daily_head(delivery_day(now) - timedelta(days=1), now=now)
    return SealReport(len(links), sequence, head)


def publish_daily_head(day: date, *, now: datetime) -> DailyHead | None:
    """Publish the head for an ended delivery day: the newest seal, once a day.

    Nothing is published before the first deed.
    """
    if DailyHead.objects.filter(delivery_day__gte=day).exists():
        return None
    sequence, head = chain_head()
    if head == START:
        return None
    return DailyHead.objects.create(
        delivery_day=day, last_sequence=sequence, hash=head, published_at=now
    )


def _only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        return bool(cursor.fetchone()[0])
