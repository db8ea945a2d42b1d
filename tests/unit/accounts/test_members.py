from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.actions import (
    admit_member,
    apply_for_membership,
    appoint_member,
    ensure_member,
    ensure_person,
    refuse_member,
    restore_member,
    suspend_member,
)
from accounts.domain.company_number import check_character
from accounts.domain.refusals import (
    CapabilityUnknown,
    CodeTaken,
    CompanyNumberTaken,
    MemberUnknown,
    NotADemo,
    ReasonMissing,
)
from accounts.models import Deed, Member, Person
from accounts.queries import (
    beneficial_owner_of,
    member_named,
    members_awaiting_admission,
    person_decides_admission,
)
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotPermitted
from tests.unit.accounts.conftest import House

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _apply(house: House, **changes: Any) -> Member:
    request: dict[str, Any] = {
        "code": "weaver",
        "name": "Weaver Ltd",
        "uscc": "91110000600037341L",
        "capabilities": ["SELLER", "BUYER"],
        "beneficial_owner": "Weaver family",
        "person_id": house.dana.pk,
        "now": NOW,
    }
    return apply_for_membership(**(request | changes))


def test_an_applicant_waits_for_the_operator_and_may_then_trade(house: House) -> None:
    member = _apply(house)
    assert list(members_awaiting_admission()) == [member]

    admitted = admit_member(member_id=member.pk, by_person_id=house.eli.pk, now=NOW)

    assert (admitted.state, admitted.decided_at) == ("ADMITTED", NOW)
    verbs = Deed.objects.filter(subject=f"member:{member.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["MEMBER_APPLIED", "MEMBER_ADMITTED"]
    assert beneficial_owner_of(member.pk) == "Weaver family"


def test_a_refused_applicant_stays_refused(house: House) -> None:
    member = _apply(house)
    refuse_member(member_id=member.pk, reason="no licence", by_person_id=house.eli.pk, now=NOW)

    with pytest.raises(MoveRefused):
        admit_member(member_id=member.pk, by_person_id=house.eli.pk, now=NOW)


def test_a_suspended_member_is_restored_not_admitted_again(house: House) -> None:
    who = {"member_id": house.lab.pk, "by_person_id": house.eli.pk, "now": NOW}
    suspend_member(reason="payment overdue", **who)

    with pytest.raises(MoveRefused):
        admit_member(**who)
    assert restore_member(**who).state == "ADMITTED"


def test_an_applicant_is_not_restored_into_the_market(house: House) -> None:
    member = _apply(house)

    with pytest.raises(MoveRefused):
        restore_member(member_id=member.pk, by_person_id=house.eli.pk, now=NOW)


def test_only_the_operator_decides(house: House) -> None:
    member = _apply(house)

    for person in (house.ben, house.dana):
        with pytest.raises(NotPermitted):
            admit_member(member_id=member.pk, by_person_id=person.pk, now=NOW)


def test_a_decision_against_a_member_gives_its_reason(house: House) -> None:
    with pytest.raises(ReasonMissing):
        suspend_member(member_id=house.lab.pk, reason=" ", by_person_id=house.eli.pk, now=NOW)
    with pytest.raises(MemberUnknown):
        suspend_member(member_id=10**9, reason="x", by_person_id=house.eli.pk, now=NOW)


def test_a_second_member_cannot_take_a_name_or_a_company_number(house: House) -> None:
    _apply(house)
    body = "91310000132204566"

    with pytest.raises(CodeTaken):
        _apply(house, uscc=body + check_character(body))
    with pytest.raises(CompanyNumberTaken):
        _apply(house, code="weaver-2")
    with pytest.raises(CapabilityUnknown):
        _apply(house, capabilities=[])


def test_seeding_twice_changes_nothing(house: House) -> None:
    counts = (Member.objects.count(), Person.objects.count(), Deed.objects.count())
    for _ in range(2):
        ensure_member(
            code="lab", name="Other", capabilities=["BUYER"], beneficial_owner="x", now=NOW
        )
        ensure_person(
            email="ben@example.org",
            password="x",
            full_name="Ben",
            member_code="lab",
            role="ADMIN",
            now=NOW,
        )

    assert (Member.objects.count(), Person.objects.count(), Deed.objects.count()) == counts
    assert member_named("lab").name == "Lab"


def test_people_with_a_published_password_exist_in_a_sandbox_only(
    house: House, settings: Any
) -> None:
    settings.SANDBOX_MARKET = False

    with pytest.raises(NotADemo):
        ensure_person(
            email="x@example.org",
            password="x",
            full_name="X",
            member_code="lab",
            role="ADMIN",
            now=NOW,
        )


def test_the_administrators_hear_of_the_decision(
    house: House, django_capture_on_commit_callbacks: Any
) -> None:

    with django_capture_on_commit_callbacks(execute=True):
        suspend_member(member_id=house.lab.pk, reason="overdue", by_person_id=house.eli.pk, now=NOW)

    (letter,) = mail.outbox
    assert letter.to == ["ben@example.org"]
    assert "overdue" in letter.body


def test_the_first_operator_is_appointed_by_command(db: None) -> None:
    for _ in range(2):
        call_command("appoint", "exchange", "Exchange Ltd", "OPERATOR", "Head@Example.org")

    member = member_named("exchange")
    person = Person.objects.get()
    assert (member.state, member.capabilities) == ("ADMITTED", ["OPERATOR"])
    assert (person.email, person.has_usable_password()) == ("head@example.org", False)
    assert person_decides_admission(person.pk)
    with pytest.raises(CapabilityUnknown):
        appoint_member(
            code="x",
            name="X",
            capability="BUYER",
            email="x@example.org",
            now=NOW,
        )
