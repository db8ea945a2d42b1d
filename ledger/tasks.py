"""What the timetable asks of the money book."""

from celery import shared_task

from ledger.actions import write_checkpoints
from timetable.queries import market_now


@shared_task(name="ledger.write_checkpoints")
def write_checkpoints_task() -> int:
    """Note the balances of busy accounts."""
    return write_checkpoints(now=market_now())
