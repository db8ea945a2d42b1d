"""The audit chain: how far it reaches, and whether it holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.domain.chain import START, Break, DeedFacts, Link, first_break
from accounts.models import DailyHead, Deed, Seal, SealedDeed

CHUNK = 2_000
# The subject of a deed whose facts name what it was done to.
SEVERAL = "several"


@dataclass(frozen=True)
class ChainProof:
    """What verifying the chain found: deeds sealed, deeds waiting, and the first break."""

    sealed: int
    waiting: int
    head: str
    broken: Break | None

    @property
    def holds(self) -> bool:
        """Tell whether every deed is where and what it was when it was sealed."""
        return self.broken is None


def facts_of(deed: Deed) -> DeedFacts:
    """Return what the chain binds of a deed."""
    return DeedFacts(
        deed_id=deed.pk,
        at_market=deed.at_market,
        at_wall=deed.at_wall,
        actor_person_id=deed.actor_person_id,
        actor_member_id=deed.actor_member_id,
        verb=deed.verb,
        subject=deed.subject,
        facts=deed.facts,
    )


def deeds_about(subject: str) -> QuerySet[Deed]:
    """Return what was done to `order:17`, in order, also where a deed is about several."""
    among = Q(subject=SEVERAL, facts__subjects__contains=[subject])
    return Deed.objects.filter(Q(subject=subject) | among).order_by("id")


def chain_head() -> tuple[int, str]:
    """Return the number of sealed deeds and the newest hash."""
    newest = SealedDeed.objects.order_by("-sequence").first()
    return (newest.sequence, newest.hash) if newest else (0, START)


def daily_heads(limit: int = 30) -> list[DailyHead]:
    """Return the published heads, newest delivery day first."""
    return list(DailyHead.objects.all()[:limit])


def deeds_to_seal() -> QuerySet[Deed]:
    """Return unsealed deeds of transactions older than any that still runs.

    A number from the future can be seen only when the database was restored into
    another cluster: such rows are old.
    """
    xmin = RawSQL("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", ())
    xmax = RawSQL("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", ())
    waiting = Deed.objects.filter(seal=None)
    return (waiting.filter(xid__lt=xmin) | waiting.filter(xid__gte=xmax)).order_by("id")


def verify_chain(expected_head: str = "") -> ChainProof:
    """Recompute the chain from the first deed; name the first break.

    Finds a changed, missing, moved or cut deed. `expected_head` is a hash noted
    elsewhere (a published head): it must still be in the chain.
    """
    broken = first_break(_links()) or _broken_end() or _broken_promise(expected_head)
    sealed, head = chain_head()
    waiting = Deed.objects.filter(seal=None).count()
    return ChainProof(sealed=sealed, waiting=waiting, head=head, broken=broken)


def _links() -> Iterator[Link]:
    rows = SealedDeed.objects.select_related("deed").order_by("sequence")
    for row in rows.iterator(chunk_size=CHUNK):
        yield Link(
            sequence=row.sequence,
            previous_hash=row.previous_hash,
            hash=row.hash,
            deed=facts_of(row.deed),
        )


def _broken_end() -> Break | None:
    """Compare the chain with what each run of the sealer and each published head said."""
    sequence, _head = chain_head()
    newest = Seal.objects.first()
    if newest is None:
        return Break(sequence, "the record of sealing is missing") if sequence else None
    if newest.last_sequence != sequence:
        return Break(sequence + 1, "the end of the chain was cut")
    return _contradiction(Seal) or _contradiction(DailyHead)


def _contradiction(model: type[Seal | DailyHead]) -> Break | None:
    """Find the first published head whose place in the chain now has another hash."""
    at_place = SealedDeed.objects.filter(sequence=OuterRef("last_sequence"), hash=OuterRef("hash"))
    said = model.objects.filter(~Exists(at_place), last_sequence__gt=0).order_by("last_sequence")
    first = said.first()
    if first is None:
        return None
    return Break(first.last_sequence, "the chain differs from a head that was published")


def _broken_promise(expected_head: str) -> Break | None:
    if not expected_head or SealedDeed.objects.filter(hash=expected_head).exists():
        return None
    return Break(chain_head()[0], "the head noted elsewhere is not in the chain")
