"""Claim work by lease and fence (wall time), so that two workers never both write.

A claim ends with its lease, or with the database session of a worker that was killed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from delivery.domain.retry import LEASE, MAX_TRIES, is_exhausted, next_attempt_at
from delivery.models import Attempt
from delivery.queries.sessions import sessions
from delivery.queries.work import is_held


@dataclass(frozen=True)
class Claim:
    """The right to work on a key until the lease ends; only the newest fence may write."""

    key: str
    fence: int
    tries: int


@transaction.atomic
def claim_all(*, keys: Sequence[str], wall: datetime) -> list[Claim]:
    """Take the lease on each key that is free: nobody holds it, it need not rest, is not dead.

    Whoever was stopped and comes back after its lease still lives, and is fenced off.
    """
    Attempt.objects.bulk_create([Attempt(key=key) for key in keys], ignore_conflicts=True)
    known = sessions()
    free = Attempt.objects.exclude(is_held(known.living, wall)).filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=wall),
        key__in=keys,
        dead=False,
    )
    rows = list(free.select_for_update(skip_locked=True).order_by("id"))
    # The last worker died with the lease: that was the key's last try.
    spent = [row.pk for row in rows if row.tries >= MAX_TRIES]
    if spent:
        Attempt.objects.filter(pk__in=spent).update(dead=True)
    taken = [row for row in rows if row.tries < MAX_TRIES]
    Attempt.objects.filter(pk__in=[row.pk for row in taken]).update(
        tries=F("tries") + 1,
        fence=F("fence") + 1,
        lease_until=wall + LEASE,
        session=known.own,
    )
    return [Claim(key=row.key, fence=row.fence + 1, tries=row.tries + 1) for row in taken]


def claim(*, key: str, wall: datetime) -> Claim | None:
    """Take the lease on a key; None while another holds it, it must rest, or it is dead."""
    return next(iter(claim_all(keys=[key], wall=wall)), None)


def dead_among(keys: Sequence[str]) -> set[str]:
    """Return the keys that have been given up."""
    return set(Attempt.objects.filter(key__in=keys, dead=True).values_list("key", flat=True))


def ours_among(claims: Sequence[Claim]) -> set[str]:
    """Lock the claims' rows; return the keys that no later claim has fenced off."""
    rows = Attempt.objects.select_for_update().filter(key__in=[held.key for held in claims])
    newest = dict(rows.order_by("id").values_list("key", "fence"))
    return {held.key for held in claims if newest.get(held.key) == held.fence}


def still_ours(held: Claim) -> bool:
    """Lock the claim's row and tell whether no later claim has fenced this one off."""
    return held.key in ours_among([held])


def done(*claims: Claim) -> None:
    """Free the leases after success; the caller still holds them."""
    _free(claims).update(lease_until=None, next_attempt_at=None, last_error="")


def _free(claims: Iterable[Claim]) -> QuerySet[Attempt]:
    held = Q(pk__in=[])
    for one in claims:
        held |= Q(key=one.key, fence=one.fence)
    return Attempt.objects.filter(held)


def failed(held: Claim, *, error: str, wall: datetime) -> bool:
    """Free the lease after a failure; return whether the key has used up its tries."""
    dead = is_exhausted(held.tries)
    Attempt.objects.filter(key=held.key, fence=held.fence).update(
        lease_until=None,
        next_attempt_at=next_attempt_at(held.tries, wall),
        last_error=error[:400],
        dead=dead,
    )
    return dead


def put_off(held: Claim, *, wall: datetime) -> None:
    """Free the lease of work that is under way elsewhere: no try is spent, the deadline ends it."""
    Attempt.objects.filter(key=held.key, fence=held.fence).update(
        lease_until=None, next_attempt_at=None, last_error="", tries=max(held.tries - 1, 0)
    )
