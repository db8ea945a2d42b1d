"""Apply, admit, refuse, suspend, restore."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.actions.deeds import record_deed
from accounts.adapters.letters import write_decision
from accounts.domain.company_number import checked_company_number
from accounts.domain.refusals import (
    CapabilityAppointed,
    CapabilityUnknown,
    CodeTaken,
    CompanyNumberTaken,
    MemberUnknown,
    ReasonMissing,
)
from accounts.domain.roles import needs_second_factor
from accounts.domain.standing import MEMBER_LIFECYCLE
from accounts.models import Capability, Member, Membership, Role
from accounts.queries import person_decides_admission
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotPermitted


@transaction.atomic
def apply_for_membership(
    *,
    code: str,
    name: str,
    uscc: str,
    capabilities: Sequence[str],
    beneficial_owner: str,
    person_id: int,
    name_zh: str = "",
    now: datetime,
) -> Member:
    """Register an organisation that wants to trade; the person becomes its administrator.

    Refuses a code or company number that another member has, and a wrong number.
    """
    known = _known_capabilities(capabilities)
    number = checked_company_number(uscc)
    if Member.objects.filter(code=code).exists():
        raise CodeTaken(code=code)
    if Member.objects.filter(uscc=number).exists():
        raise CompanyNumberTaken
    member = Member.objects.create(
        code=code,
        name=name,
        name_zh=name_zh,
        uscc=number,
        capabilities=known,
        beneficial_owner=beneficial_owner,
        applied_at=now,
    )
    Membership.objects.create(person_id=person_id, member=member, role=Role.ADMIN, since_at=now)
    _record("MEMBER_APPLIED", member, person_id, now, capabilities=known)
    return member


def admit_member(*, member_id: int, by_person_id: int, now: datetime) -> Member:
    """Let an applicant trade. Refuses callers who do not administer the operator."""
    return _decide(member_id, "APPLIED", "ADMITTED", "MEMBER_ADMITTED", "", by_person_id, now)


def refuse_member(*, member_id: int, reason: str, by_person_id: int, now: datetime) -> Member:
    """Turn an applicant down, with the reason."""
    _check_reason(reason)
    return _decide(member_id, "APPLIED", "REFUSED", "MEMBER_REFUSED", reason, by_person_id, now)


def suspend_member(*, member_id: int, reason: str, by_person_id: int, now: datetime) -> Member:
    """Stop a member from trading, with the reason; its API tokens are refused at once."""
    _check_reason(reason)
    return _decide(
        member_id, "ADMITTED", "SUSPENDED", "MEMBER_SUSPENDED", reason, by_person_id, now
    )


def restore_member(*, member_id: int, by_person_id: int, now: datetime) -> Member:
    """Let a suspended member trade again."""
    return _decide(member_id, "SUSPENDED", "ADMITTED", "MEMBER_RESTORED", "", by_person_id, now)


@transaction.atomic
def _decide(
    member_id: int,
    before: str,
    after: str,
    verb: str,
    reason: str,
    by_person_id: int,
    now: datetime,
) -> Member:
    if not person_decides_admission(by_person_id):
        raise NotPermitted
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown(member_id=member_id)
    # Admitting an applicant and restoring a suspended member are different decisions.
    if member.state != before:
        raise MoveRefused(before=member.state, after=after)
    MEMBER_LIFECYCLE.check(before, after)
    member.state = after
    member.state_reason = reason
    member.decided_at = now
    member.save(update_fields=["state", "state_reason", "decided_at"])
    _record(verb, member, by_person_id, now, reason=reason)
    transaction.on_commit(partial(write_decision, member_id=member.pk))
    return member


def _known_capabilities(capabilities: Sequence[str]) -> list[str]:
    if not capabilities or set(capabilities) - set(Capability.values):
        raise CapabilityUnknown
    if needs_second_factor(frozenset(capabilities)):
        raise CapabilityAppointed
    return sorted(set(capabilities))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing


def _record(verb: str, member: Member, person_id: int, now: datetime, **facts: object) -> None:
    record_deed(
        verb=verb,
        subject=f"member:{member.pk}",
        member_id=member.pk,
        person_id=person_id,
        facts={"code": member.code, **facts},
        now=now,
    )
