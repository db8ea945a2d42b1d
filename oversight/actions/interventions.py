"""Halts and resumes under four eyes; an emergency halt bites at once and is confirmed later."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.actions import record_deed
from exchange.refusal import NotFound
from marketplace.actions import halt_trading, resume_trading
from marketplace.models import Halt
from oversight.domain.four_eyes import (
    APPROVED_WITHIN,
    CONFIRMED_WITHIN,
    Proposal,
    check_approval,
    check_reason,
)
from oversight.domain.lifecycles import InterventionKind, InterventionState, lifecycle_of
from oversight.domain.refusals import NotARegulator, NotTheProposer, ProposalOpen
from oversight.models import Intervention, InterventionApproval
from oversight.queries.deciding import deciding_regulators


@transaction.atomic
def emergency_halt(
    *,
    scope: str,
    subject_id: int | None = None,
    reason: str,
    person_id: int,
    wall: datetime,
    now: datetime,
) -> Intervention:
    """Halt at once on one regulator's word; it lapses in 30 minutes without a second.

    Refuses people without the role, an empty reason, and what is halted already.
    """
    text = check_reason(reason)
    _check_regulator(person_id)
    halt = halt_trading(scope=scope, subject_id=subject_id, reason=text, now=now)
    return _open(
        kind=InterventionKind.EMERGENCY_HALT,
        halt=halt,
        expires_in=CONFIRMED_WITHIN,
        person_id=person_id,
        wall=wall,
        now=now,
        scope=scope,
        subject_id=halt.subject_id,
        reason=text,
    )


@transaction.atomic
def propose_intervention(
    *,
    kind: str,
    scope: str = "MARKET",
    subject_id: int | None = None,
    halt_id: int | None = None,
    reason: str,
    person_id: int,
    wall: datetime,
    now: datetime,
) -> Intervention:
    """Propose a planned halt of a subject, or the resume of a halt; nothing happens yet.

    Refuses people without the role, an empty reason, a second open proposal of the same,
    and the resume of a halt that is over.
    """
    text = check_reason(reason)
    _check_regulator(person_id)
    halt = None
    if kind == InterventionKind.RESUME:
        halt = Halt.objects.filter(pk=halt_id or 0, resumed_at=None).first()
        if halt is None:
            raise NotFound
        scope, subject_id = halt.scope, halt.subject_id
    elif kind != InterventionKind.HALT:
        raise NotFound
    return _open(
        kind=kind,
        halt=halt,
        expires_in=APPROVED_WITHIN,
        person_id=person_id,
        wall=wall,
        now=now,
        scope=scope,
        subject_id=None if scope == "MARKET" else subject_id,
        reason=text,
    )


@transaction.atomic
def approve_intervention(
    *, intervention_id: int, person_id: int, wall: datetime, now: datetime
) -> Intervention:
    """Confirm an emergency halt, or carry out a planned halt or resume, as second person.

    Refuses the proposer, people without the role, a proposer who lost it, and what is over.
    """
    row = _locked(intervention_id)
    regulators = deciding_regulators({person_id, row.proposed_by_id}, locked=True)
    proposal = Proposal(row.state, row.proposed_by_id, row.expires_at)
    check_approval(proposal, person_id=person_id, regulators=regulators, wall=wall)
    InterventionApproval.objects.create(
        intervention=row,
        proposed_by_id=row.proposed_by_id,
        person_id=person_id,
        approved_at=wall,
    )
    if row.kind == InterventionKind.HALT:
        row.halt = halt_trading(
            scope=row.scope, subject_id=row.subject_id, reason=row.reason, now=now
        )
    elif row.kind == InterventionKind.RESUME:
        assert row.halt_id is not None
        resume_trading(halt_id=row.halt_id, now=now)
    done = (
        InterventionState.CONFIRMED
        if row.kind == InterventionKind.EMERGENCY_HALT
        else InterventionState.DONE
    )
    _end(row, done, wall)
    if row.kind == InterventionKind.RESUME:
        _end_with_halt(row, wall)
    _deed("INTERVENTION_APPROVED", row, person_id, now)
    return row


@transaction.atomic
def withdraw_intervention(
    *, intervention_id: int, person_id: int, wall: datetime, now: datetime
) -> Intervention:
    """Take back one's own proposal; an emergency halt cannot be, a resume needs two."""
    row = _locked(intervention_id)
    if row.proposed_by_id != person_id:
        raise NotTheProposer
    _end(row, InterventionState.WITHDRAWN, wall)
    _deed("INTERVENTION_WITHDRAWN", row, person_id, now)
    return row


@transaction.atomic
def expire_intervention(*, intervention_id: int, wall: datetime, now: datetime) -> bool:
    """End one intervention whose time has run out; False if it was decided meanwhile."""
    row = _locked(intervention_id)
    if row.state not in {"PROPOSED", "IN_EFFECT"} or wall < row.expires_at:
        return False
    bites = row.state == InterventionState.IN_EFFECT
    _end(row, InterventionState.EXPIRED, wall)
    if bites and row.halt is not None and row.halt.resumed_at is None:
        resume_trading(halt_id=row.halt.pk, now=now)
    _deed("EMERGENCY_HALT_LAPSED" if bites else "INTERVENTION_EXPIRED", row, None, now)
    return True


def _check_regulator(person_id: int) -> None:
    if person_id not in deciding_regulators({person_id}, locked=True):
        raise NotARegulator


def _locked(intervention_id: int) -> Intervention:
    row = Intervention.objects.select_for_update().filter(pk=intervention_id).first()
    if row is None:
        raise NotFound
    return row


def _open(
    *,
    kind: str,
    halt: Halt | None,
    expires_in: timedelta,
    person_id: int,
    wall: datetime,
    now: datetime,
    **subject: Any,
) -> Intervention:
    try:
        with transaction.atomic():
            row = Intervention.objects.create(
                kind=kind,
                halt=halt,
                state=lifecycle_of(kind).start.value,
                proposed_by_id=person_id,
                proposed_at=wall,
                expires_at=wall + expires_in,
                **subject,
            )
    except IntegrityError as error:
        if "one_open_intervention_a_subject" not in str(error):
            raise
        raise ProposalOpen from error
    _deed(
        "EMERGENCY_HALT_BEGUN" if kind == "EMERGENCY_HALT" else "INTERVENTION_PROPOSED",
        row,
        person_id,
        now,
    )
    return row


def _end(row: Intervention, state: InterventionState, wall: datetime) -> None:
    lifecycle_of(row.kind).check(InterventionState(row.state), state)
    row.state, row.ended_at = state.value, wall
    row.save(update_fields=["state", "ended_at", "halt"])


def _end_with_halt(row: Intervention, wall: datetime) -> None:
    """A resume ends the emergency that began the halt: two people have looked at it."""
    emergency = (
        Intervention.objects.select_for_update()
        .filter(halt=row.halt, state=InterventionState.IN_EFFECT)
        .first()
    )
    if emergency is not None:
        _end(emergency, InterventionState.EXPIRED, wall)


def _deed(verb: str, row: Intervention, person_id: int | None, now: datetime) -> None:
    record_deed(
        verb=verb,
        subject=f"intervention:{row.pk}",
        now=now,
        person_id=person_id,
        facts={
            "kind": row.kind,
            "scope": row.scope,
            "subject_id": row.subject_id,
            "reason": row.reason,
            "halt_id": row.halt_id,
        },
    )
