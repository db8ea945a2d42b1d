"""Arm, switch off and fire the dead-man switches of members."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts.actions import record_deed
from marketplace.domain.entry import Answer, CancelAll, Said
from marketplace.domain.lifecycles import ARMED, FIRED, FIRING, OFF, SWITCH
from marketplace.domain.switches import CLAIM, REASON, Switch, check_seconds, firing_id
from marketplace.models import CancelSwitch
from marketplace.queries.switches import switch_of

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 100
Say = Callable[[Sequence[Said]], Sequence[Answer]]


@transaction.atomic
def set_switch(
    *, member_id: int, seconds: int, person_id: int | None = None, now: datetime, wall: datetime
) -> Switch | None:
    """Let all that the member has open end after so many wall seconds, unless it is set again.

    0 switches it off. Refuses a time that is too short or too long. What has been claimed to
    fire fires; then a new switch is armed beside it.
    """
    check_seconds(seconds)
    armed = CancelSwitch.objects.filter(member_id=member_id, state=ARMED)
    verb = ""
    if not seconds:
        SWITCH.check(ARMED, OFF)
        verb = "CANCEL_SWITCH_OFF" if armed.update(state=OFF) else ""
    elif not armed.update(seconds=seconds, due_at=wall + timedelta(seconds=seconds)):
        verb = "CANCEL_SWITCH_ARMED"
        _arm(member_id, seconds, wall)
    if verb:
        record_deed(
            verb=verb,
            subject=f"member:{member_id}",
            person_id=person_id,
            member_id=member_id,
            now=now,
            facts={"seconds": seconds},
        )
    return switch_of(member_id)


def _arm(member_id: int, seconds: int, wall: datetime) -> None:
    due_at = wall + timedelta(seconds=seconds)
    # Another call of the member's may arm it at the same moment.
    row, made = CancelSwitch.objects.get_or_create(
        member_id=member_id,
        state=ARMED,
        defaults={"seconds": seconds, "due_at": due_at, "armed_at": wall},
    )
    if not made:
        CancelSwitch.objects.filter(pk=row.pk).update(seconds=seconds, due_at=due_at)


def fire_switches(*, say: Say, wall: datetime) -> int:
    """End everything of the members whose switch is due; return how many switches fired.

    Each is claimed first, then fired under an id of its own: whatever ends in between, it fires
    once. What was claimed and not seen to fire, or was refused, is fired again.
    """
    claimed = _claim(wall)
    if not claimed:
        return 0
    entries = [
        CancelAll(member=row.member_id, client_id=firing_id(row.pk), reason=REASON)
        for row in claimed
    ]
    fired = 0
    for row, answer in zip(claimed, say(entries), strict=True):
        if answer.refused:
            # Nothing was ended: it stays claimed, and its turn comes again.
            log.warning("switch_refused", switch=row.pk, refused=answer.refused)
            continue
        fired += 1
        SWITCH.check(FIRING, FIRED)
        CancelSwitch.objects.filter(pk=row.pk, state=FIRING).update(
            state=FIRED, fired_at=wall, ended=answer.filled
        )
    return fired


@transaction.atomic
def _claim(wall: datetime) -> list[CancelSwitch]:
    due = Q(state=ARMED, due_at__lte=wall) | Q(state=FIRING, claimed_at__lte=wall - CLAIM)
    rows = CancelSwitch.objects.select_for_update(skip_locked=True).filter(due)
    # What waits for the first time goes first: refusals never crowd it out.
    turn = F("claimed_at").asc(nulls_first=True)
    found = list(rows.order_by(turn, "due_at", "pk")[:MOST_AT_ONCE])
    for row in found:
        SWITCH.check(row.state, FIRING)
    if found:
        pks = [row.pk for row in found]
        CancelSwitch.objects.filter(pk__in=pks).update(state=FIRING, claimed_at=wall)
    return found
