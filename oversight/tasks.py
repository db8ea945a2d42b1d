"""Work that is due: verdicts of the last closed day, proposals whose time has run out."""

from datetime import timedelta

import structlog
from celery import shared_task

from exchange.window import delivery_day
from oversight.actions import assess_all, expire_intervention
from oversight.queries import assessed_on, rules_in_force
from oversight.queries.interventions import expired_ids
from timetable.queries import market_now, wall_now

log = structlog.get_logger(__name__)
SWEPT_AT_ONCE = 100


@shared_task(name="oversight.assess_due")
def assess_due() -> None:
    """Assess the last closed delivery day, once."""
    now = market_now()
    day = delivery_day(now) - timedelta(days=1)
    if not assessed_on(day) and rules_in_force(as_of=day):
        assess_all(as_of=day, now=now)


@shared_task(name="oversight.expire_interventions")
def expire_due() -> None:
    """End proposals and unconfirmed emergency halts; each by itself, one bad one stops nothing."""
    wall, now = wall_now(), market_now()
    for pk in expired_ids(wall=wall, limit=SWEPT_AT_ONCE):
        try:
            if expire_intervention(intervention_id=pk, wall=wall, now=now):
                log.warning("intervention_expired", intervention=pk)
        except Exception:
            log.exception("intervention_not_expired", intervention=pk)
