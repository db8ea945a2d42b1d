"""Stop and resume trading of the market, a member or a chip, in the market's own sequence."""

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from accounts.actions import record_deed
from accounts.models import Member
from exchange.refusal import NotFound
from marketplace.actions.turn import Turn
from marketplace.domain.refusals import AlreadyHalted, NotHalted
from marketplace.models import ChipModel, Halt

SUBJECTS: dict[str, type[Model]] = {"MEMBER": Member, "CHIP": ChipModel}


@transaction.atomic
def halt_trading(*, scope: str, subject_id: int | None, reason: str, now: datetime) -> Halt:
    """Stop trading of the scope's subject from the next market event on.

    Refuses a subject that does not exist with NotFound, one halted already with AlreadyHalted.
    """
    if scope == "MARKET":
        subject_id = None
    elif (
        scope not in SUBJECTS or not SUBJECTS[scope]._default_manager.filter(pk=subject_id).exists()
    ):
        raise NotFound
    turn = Turn(now)
    if Halt.objects.filter(scope=scope, subject_id=subject_id, resumed_at=None).exists():
        raise AlreadyHalted(scope=scope)
    event = turn.record("HALTED", scope=scope, subject_id=subject_id, reason=reason)
    turn.finish()
    halt = Halt.objects.create(
        scope=scope,
        subject_id=subject_id,
        reason=reason,
        halted_number=event.number,
        halted_at=now,
    )
    record_deed(verb="TRADING_HALTED", subject=f"halt:{halt.pk}", now=now, facts=event.facts)
    return halt


@transaction.atomic
def resume_trading(*, halt_id: int, now: datetime) -> Halt:
    """End a halt; refuses NotFound, or NotHalted when it has ended already."""
    turn = Turn(now)
    halt = Halt.objects.select_for_update().filter(pk=halt_id).first()
    if halt is None:
        raise NotFound
    if halt.resumed_at is not None:
        raise NotHalted
    event = turn.record("RESUMED", scope=halt.scope, subject_id=halt.subject_id)
    turn.finish()
    halt.resumed_number, halt.resumed_at = event.number, now
    halt.save(update_fields=["resumed_number", "resumed_at"])
    record_deed(verb="TRADING_RESUMED", subject=f"halt:{halt.pk}", now=now, facts=event.facts)
    return halt
