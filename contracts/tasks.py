"""Sweeps of the room: each finds its work by a query; one bad item never stops it."""

import structlog
from celery import shared_task

from contracts.actions import conclude_agreement, lapse_agreement
from contracts.queries import drafts_past_their_start, trades_awaiting_agreement
from timetable.queries import market_now

logger = structlog.get_logger(__name__)
BATCH = 500


@shared_task(name="contracts.conclude_agreements")
def conclude_agreements() -> int:
    """Conclude an agreement for each trade that has none; return how many."""
    now, concluded = market_now(), 0
    for trade_id in trades_awaiting_agreement(BATCH):
        try:
            conclude_agreement(trade_id=trade_id, now=now)
        except Exception:
            logger.exception("agreement_not_concluded", trade_id=trade_id)
        else:
            concluded += 1
    return concluded


@shared_task(name="contracts.lapse_drafts")
def lapse_drafts() -> int:
    """End drafts whose window began unsigned; return how many."""
    now, lapsed = market_now(), 0
    for agreement_id in drafts_past_their_start(now, BATCH):
        try:
            lapse_agreement(agreement_id=agreement_id, now=now)
        except Exception:
            logger.exception("draft_not_lapsed", agreement_id=agreement_id)
        else:
            lapsed += 1
    return lapsed
