"""Background work of the room."""

from celery import shared_task

from accounts.actions import seal_deeds
from timetable.queries import market_now


@shared_task(name="accounts.seal_deeds")
def seal_deeds_task() -> int:
    """Chain the deeds that are ready; return how many."""
    return seal_deeds(now=market_now()).sealed
