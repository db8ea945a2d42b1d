"""Stop and resume trading of the market, a member or a chip, in the market's own sequence.

The row is written in the caller's transaction; the market hears of it with the commit, before
the next order, and gives it its number among the market's events.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from accounts.actions import record_deed
from accounts.models import Member
from exchange.refusal import NotFound
from marketplace.actions.asking import look_around
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
    if Halt.objects.filter(scope=scope, subject_id=subject_id, resumed_at=None).exists():
        raise AlreadyHalted(scope=scope)
    halt = Halt.objects.create(scope=scope, subject_id=subject_id, reason=reason, halted_at=now)
    facts = {"scope": scope, "subject_id": subject_id, "reason": reason}
    record_deed(verb="TRADING_HALTED", subject=f"halt:{halt.pk}", now=now, facts=facts)
    look_around(now)
    halt.refresh_from_db()
    return halt


@transaction.atomic
def resume_trading(*, halt_id: int, now: datetime) -> Halt:
    """End a halt; refuses NotFound, or NotHalted when it has ended already."""
    halt = Halt.objects.select_for_update().filter(pk=halt_id).first()
    if halt is None:
        raise NotFound
    if halt.resumed_at is not None:
        raise NotHalted
    halt.resumed_at = now
    halt.save(update_fields=["resumed_at"])
    facts = {"scope": halt.scope, "subject_id": halt.subject_id}
    record_deed(verb="TRADING_RESUMED", subject=f"halt:{halt.pk}", now=now, facts=facts)
    look_around(now)
    halt.refresh_from_db()
    return halt
