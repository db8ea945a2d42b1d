"""Sweeps of the room: each finds its work by a query; one bad item never stops it."""

from collections.abc import Callable, Iterable

import structlog
from celery import shared_task

from billing.actions import collect_damages, note_failure, note_success, settle_usage
from billing.queries import agreements_owing_damages, usage_awaiting_settlement
from timetable.queries import market_now, wall_now

logger = structlog.get_logger(__name__)
BATCH = 500


def sweep(name: str, items: Iterable[int], act: Callable[[int], object]) -> int:
    """Do each item in its own transaction; let what fails rest; return how many went through."""
    done = 0
    for item in items:
        key = f"{name}:{item}"
        try:
            act(item)
        except Exception as problem:
            logger.exception("item_failed", sweep=name, item=item)
            note_failure(key=key, error=str(problem), wall=wall_now())
        else:
            note_success(key=key)
            done += 1
    return done


@shared_task(name="billing.settle_sealed_usage")
def settle_sealed_usage() -> int:
    """Settle each sealed hour that has no settlement; return how many."""
    now = market_now()
    waiting = usage_awaiting_settlement(wall_now(), BATCH)
    done = sweep("settle", waiting, lambda usage_id: settle_usage(usage_id=usage_id, now=now))
    sweep(
        "damages",
        agreements_owing_damages(BATCH),
        lambda agreement_id: collect_damages(agreement_id=agreement_id, now=now),
    )
    return done
