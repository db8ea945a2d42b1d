"""Sweeps of the room: each finds its work by a query; one bad item never stops it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from celery import shared_task

from billing.actions import (
    collect_damages,
    cover,
    fetch_missed_events,
    follow_deposit,
    follow_refund,
    issue_invoice,
    note_failure,
    note_success,
    record_payout,
    settle_link_hour,
    settle_usage,
)
from billing.domain.refusals import PaymentsAway
from billing.queries import (
    agreements_owing_damages,
    deposits_without_news,
    invoices_due,
    link_hours_awaiting_settlement,
    payouts_due,
    refunds_without_news,
    resting_keys,
    usage_awaiting_settlement,
)
from delivery.actions import open_substitution
from delivery.queries import allocations_in_default, substitutions_under_way
from timetable.queries import market_now, wall_now

logger = structlog.get_logger(__name__)
BATCH = 500
# Each look for a substitute reads the whole market: the others have their turn next time.
LOOKS = 20
Item = TypeVar("Item")


def sweep(name: str, items: Iterable[Item], act: Callable[[Item], object]) -> int:
    """Do each item in its own transaction; let what fails rest; return how many went through."""
    done, resting = 0, resting_keys(name, wall_now())
    for item in items:
        key = f"{name}:{item}"
        if key in resting:
            continue
        try:
            act(item)
        except Exception as problem:
            logger.exception("item_failed", sweep=name, item=str(item))
            note_failure(key=key, error=str(problem), wall=wall_now())
        else:
            note_success(key=key)
            done += 1
    return done


@shared_task(name="billing.settle_sealed_usage")
def settle_sealed_usage() -> int:
    """Settle each sealed hour of devices or links without a settlement; return how many."""
    now = market_now()
    waiting = usage_awaiting_settlement(wall_now(), BATCH)
    done = sweep("settle", waiting, lambda usage_id: settle_usage(usage_id=usage_id, now=now))
    done += sweep(
        "settle-link",
        link_hours_awaiting_settlement(wall_now(), BATCH),
        lambda link_hour_id: settle_link_hour(link_hour_id=link_hour_id, now=now),
    )
    sweep(
        "damages",
        agreements_owing_damages(BATCH),
        lambda agreement_id: collect_damages(agreement_id=agreement_id, now=now),
    )
    return done


@shared_task(name="billing.substitute")
def substitute() -> int:
    """Look for substitutes of deliveries that went dark; return how many were looked at."""
    now = market_now()
    sweep(
        "default",
        allocations_in_default(now, BATCH),
        lambda pk: open_substitution(allocation_id=pk, now=now),
    )
    return sweep(
        "substitute",
        substitutions_under_way(LOOKS),
        lambda pk: cover(substitution_id=pk, now=now),
    )


@shared_task(name="billing.issue_due_invoices")
def issue_due_invoices() -> int:
    """Issue the papers of delivery days that ended; return how many pairs were looked at."""
    now = market_now()
    return sweep("invoice", invoices_due(now, BATCH), lambda key: issue_invoice(key=key, now=now))


@shared_task(name="billing.record_due_payouts")
def record_due_payouts() -> int:
    """Record what sellers are to be paid for invoiced days; return how many."""
    now = market_now()
    return sweep(
        "payout",
        payouts_due(now, BATCH),
        lambda due: record_payout(member_id=due[0], delivery_day=due[1], now=now),
    )


@shared_task(name="billing.reconcile_payments")
def reconcile_payments() -> int:
    """Repeat calls to Stripe that had no answer, and fetch news that did not come."""
    now, wall = market_now(), wall_now()
    try:
        fetch_missed_events(wall=wall, now=now)
    except PaymentsAway:
        logger.warning("payment_provider_away")
        return 0
    return sweep(
        "deposit",
        deposits_without_news(BATCH),
        lambda deposit_id: follow_deposit(deposit_id=deposit_id, now=now),
    ) + sweep(
        "refund",
        refunds_without_news(BATCH),
        lambda refund_id: follow_refund(refund_id=refund_id, now=now),
    )
