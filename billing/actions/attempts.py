"""Remember what failed, so that one bad item neither stops a sweep nor spins in it."""

from datetime import datetime

from django.db import transaction

from billing.domain.patience import rest_until
from billing.models import Attempt


@transaction.atomic
def note_failure(*, key: str, error: str, wall: datetime) -> Attempt:
    """Let the item rest, longer after each failure; it is never given up."""
    Attempt.objects.bulk_create([Attempt(key=key, next_attempt_at=wall)], ignore_conflicts=True)
    attempt = Attempt.objects.select_for_update().get(key=key)
    attempt.tries += 1
    attempt.next_attempt_at = rest_until(attempt.tries, wall)
    attempt.last_error = error[:400]
    attempt.save()
    return attempt


def note_success(*, key: str) -> None:
    """Forget the failures of an item that went through."""
    Attempt.objects.filter(key=key).delete()
