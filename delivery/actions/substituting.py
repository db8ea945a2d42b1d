"""Substitutions: opened for what went dark, ordered, and ended by a new agreement or a reason."""

from datetime import datetime

import msgspec
from django.db import transaction

from accounts.actions import record_deed
from contracts.actions import conclude_agreement
from contracts.queries import terms_of
from counter.waking import announce
from delivery.actions.allocations import fail_allocation, note, plan_allocation
from delivery.actions.data.clearing import take_data_along
from delivery.actions.ending import LOST, end_jobs_of
from delivery.domain.substitution import SUBSTITUTION_LIFECYCLE
from delivery.models import Allocation, Job, Substitution
from delivery.queries.substitutes import (
    Quote,
    substitution_before,
    why_never,
)
from exchange.refusal import NotFound
from marketplace.models import Trade

REPLACED_BY_ANOTHER = "replaced by a substitute"


@transaction.atomic
def open_substitution(*, allocation_id: int, now: datetime) -> bool:
    """Open a substitution for a delivery in default, once; tell whether it had none.

    One that nothing may replace ends at once, with the reason: its damages are the remedy.
    """
    rows = Allocation.objects.select_for_update(of=("self",)).select_related("agreement")
    row = rows.filter(pk=allocation_id).first()
    if row is None:
        raise NotFound
    if Substitution.objects.filter(of_allocation=row).exists():
        return False
    before = substitution_before(row)
    attempt = before.attempt + 1 if before else 1
    sub = Substitution.objects.create(
        of_allocation=row, attempt=attempt, state_since=now, opened_at=now, ends_at=row.ends_at
    )
    note(row, "SUBSTITUTE_SOUGHT", now, attempt=attempt)
    never = why_never(row, terms_of(row.agreement_id), attempt)
    if never:
        give_up(sub, never, now)
    return True


def locked_substitution(substitution_id: int) -> Substitution:
    """Return the substitution with its delivery, locked; NotFound when there is none."""
    rows = Substitution.objects.select_for_update(of=("self",)).select_related(
        "of_allocation__agreement__trade__order__city",
        "of_allocation__agreement__buyer",
        "of_allocation__pool",
    )
    sub = rows.filter(pk=substitution_id).first()
    if sub is None:
        raise NotFound
    return sub


def note_ordered(sub: Substitution, found: Quote, *, released: int, now: datetime) -> None:
    """Note, in the caller's transaction, what is ordered and what was set aside for it."""
    sub.orders += 1
    sub.covers_from = found.covers_from
    sub.request = msgspec.to_builtins(found.request)
    sub.share_micros, sub.cap_micros = found.share_micros, found.cap_micros
    sub.advance_micros = found.advance_micros
    sub.released_micros += released
    _move(sub, "ORDERED", "", now)


def seek_again(sub: Substitution, reason: str, *, restored: int, now: datetime) -> None:
    """Note that the market had nothing after all; what was set aside has gone back."""
    sub.released_micros -= restored
    sub.advance_micros = 0
    _move(sub, "SEEKING", reason, now)


def still_seeking(sub: Substitution, reason: str, now: datetime) -> None:
    """Note what the last look at the market found wanting."""
    sub.reason, sub.looked_at = reason, now
    sub.save(update_fields=["reason", "looked_at"])


def give_up(sub: Substitution, reason: str, now: datetime) -> None:
    """End without a substitute: the damages of the agreement are the buyer's remedy."""
    why = sub.reason if reason == "TOO_LATE" and sub.reason else reason
    _move(sub, "UNCOVERED", why, now)
    note(sub.of_allocation, "UNCOVERED", now, reason_code=sub.reason)


def replace_delivery(sub: Substitution, trade: Trade, cost: int, now: datetime) -> None:
    """Conclude the substitute's agreement, end the old delivery and move its jobs over.

    In the caller's transaction. Jobs of the buyer's queue go on by themselves; those that were
    bound to the old delivery are bound to the new one. Its data is brought to the new site.
    """
    old = sub.of_allocation
    agreement = conclude_agreement(trade_id=trade.pk, now=now)
    if old.state != "FAILED":
        fail_allocation(allocation_id=old.pk, reason=REPLACED_BY_ANOTHER, now=now)
    end_jobs_of([old.pk], LOST, now)
    if agreement.state == "IN_FORCE":
        new = plan_allocation(agreement_id=agreement.pk, now=now)
        Job.objects.filter(allocation=old, bound=True, state="QUEUED").update(allocation=new)
        take_data_along(old, new, now)
        note(new, "SUBSTITUTE_FOR", now, agreement=old.agreement.number)
    sub.replacement, sub.cost_micros = agreement, cost
    _move(sub, "REPLACED", "", now)
    note(old, "REPLACED", now, agreement=agreement.number)
    record_deed(
        verb="ALLOCATION_REPLACED",
        subject=f"allocation:{old.pk}",
        now=now,
        member_id=old.agreement.seller_id,
        facts={"by": agreement.number, "cost_micros": cost},
    )
    announce("planned")


def _move(sub: Substitution, state: str, reason: str, now: datetime) -> None:
    SUBSTITUTION_LIFECYCLE.check(sub.state, state)
    sub.state, sub.state_since, sub.reason = state, now, reason
    sub.save()
