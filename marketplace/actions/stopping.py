"""What an operator is told when the engine stops the market or puts an entry aside, and resumes."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from exchange.refusal import NotFound
from marketplace.domain.entry import Said
from marketplace.domain.refusals import NotHalted
from marketplace.models import MarketSequence

LONGEST_TOLD = 400


@transaction.atomic
def resume_engine(*, reason: str, person_id: int | None = None, now: datetime) -> str:
    """Let the engine take turns again after it stopped itself; return why it had stopped.

    Refuses NotFound where no market has begun, NotHalted when nothing is stopped. What was
    wrong must have been put right: the engine loads the book anew and stops again otherwise.
    """
    sequence = MarketSequence.objects.select_for_update().filter(pk=1).first()
    if sequence is None:
        raise NotFound
    if not sequence.halted_by:
        raise NotHalted
    stopped_for, sequence.halted_by = sequence.halted_by, ""
    sequence.save(update_fields=["halted_by"])
    record_deed(
        verb="ENGINE_RESUMED",
        subject="market:1",
        now=now,
        person_id=person_id,
        facts={"reason": reason, "stopped_for": stopped_for},
    )
    return stopped_for


@transaction.atomic
def note_put_aside(*, entry: Said, problem: str, now: datetime) -> None:
    """Record an entry that the market could not take, in a transaction of its own."""
    record_deed(
        verb="ENTRY_PUT_ASIDE",
        subject=f"member:{getattr(entry, 'member', 0)}",
        now=now,
        facts={"entry": repr(entry)[:LONGEST_TOLD], "problem": problem[:LONGEST_TOLD]},
    )
