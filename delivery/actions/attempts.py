"""Claim work by lease and fence (wall time), so that two workers never both write."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from delivery.domain.retry import LEASE, is_exhausted, next_attempt_at
from delivery.models import Attempt


@dataclass(frozen=True)
class Claim:
    """The right to work on a key until the lease ends; only the newest fence may write."""

    key: str
    fence: int
    tries: int


@transaction.atomic
def claim(*, key: str, wall: datetime) -> Claim | None:
    """Take the lease on a key; None while another holds it, it must rest, or it is dead."""
    Attempt.objects.bulk_create([Attempt(key=key)], ignore_conflicts=True)
    row = Attempt.objects.select_for_update(skip_locked=True).filter(key=key).first()
    if row is None or row.dead or _in_future(row.lease_until, wall):
        return None
    if _in_future(row.next_attempt_at, wall):
        return None
    if is_exhausted(row.tries):
        # The last worker died with the lease: that was its last try.
        row.dead = True
        row.save(update_fields=["dead"])
        return None
    row.tries += 1
    row.fence += 1
    row.lease_until = wall + LEASE
    row.save()
    return Claim(key=key, fence=row.fence, tries=row.tries)


def _in_future(instant: datetime | None, wall: datetime) -> bool:
    return instant is not None and instant > wall


def is_dead(key: str) -> bool:
    """Tell whether the key has been given up."""
    return Attempt.objects.filter(key=key, dead=True).exists()


def still_ours(held: Claim) -> bool:
    """Lock the claim's row and tell whether no later claim has fenced this one off."""
    row = Attempt.objects.select_for_update().filter(key=held.key, fence=held.fence).first()
    return row is not None


def done(held: Claim) -> None:
    """Free the lease after success."""
    Attempt.objects.filter(key=held.key, fence=held.fence).update(
        lease_until=None, next_attempt_at=None, last_error=""
    )


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


def polled(held: Claim) -> None:
    """Free the lease of work that goes on, without counting the try."""
    Attempt.objects.filter(key=held.key, fence=held.fence).update(
        lease_until=None, next_attempt_at=None, tries=F("tries") - 1
    )
