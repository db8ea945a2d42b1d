from datetime import UTC, datetime

import pytest

from accounts.actions import add_person, change_role, revoke_person
from accounts.domain.refusals import (
    AlreadyBelongs,
    LastAdministrator,
    MemberUnknown,
    PersonUnknown,
    RoleUnknown,
)
from accounts.models import Person
from accounts.queries import memberships_of, people_of, person_may
from exchange.refusal import NotPermitted
from tests.unit.accounts.conftest import House

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_administrator_invites_a_stranger_as_a_trader(house: House) -> None:
    membership = add_person(
        member_id=house.lab.pk,
        email="New.Hand@Example.org",
        role="TRADER",
        by_person_id=house.ben.pk,
        now=NOW,
    )

    assert membership.person.email == "new.hand@example.org"
    assert not membership.person.has_usable_password()
    person_id = membership.person_id
    assert person_may(person_id=person_id, member_id=house.lab.pk, verb="TRADE")
    assert not person_may(person_id=person_id, member_id=house.lab.pk, verb="MANAGE_PEOPLE")
    assert not person_may(person_id=person_id, member_id=house.mill.pk, verb="READ")


def test_one_person_may_belong_to_several_members(house: House) -> None:
    add_person(
        member_id=house.lab.pk,
        email="DANA@example.org",
        role="VIEWER",
        by_person_id=house.ben.pk,
        now=NOW,
    )

    roles = memberships_of(house.dana.pk).order_by("id").values_list("member__code", "role")
    assert list(roles) == [("mill", "ADMIN"), ("lab", "VIEWER")]


def test_nobody_manages_the_people_of_another_member(house: House) -> None:
    args = {"member_id": house.lab.pk, "by_person_id": house.dana.pk, "now": NOW}

    with pytest.raises(NotPermitted):
        add_person(email="x@example.org", role="VIEWER", **args)
    with pytest.raises(NotPermitted):
        change_role(person_id=house.ben.pk, role="VIEWER", **args)
    with pytest.raises(NotPermitted):
        revoke_person(person_id=house.ben.pk, **args)
    with pytest.raises(MemberUnknown):
        revoke_person(person_id=house.ben.pk, **{**args, "member_id": 10**9})


def test_a_member_keeps_its_last_administrator(house: House) -> None:
    args = {"member_id": house.lab.pk, "by_person_id": house.ben.pk, "now": NOW}

    with pytest.raises(LastAdministrator):
        revoke_person(person_id=house.ben.pk, **args)
    with pytest.raises(LastAdministrator):
        change_role(person_id=house.ben.pk, role="TRADER", **args)

    add_person(email="second@example.org", role="ADMIN", **args)
    change_role(person_id=house.ben.pk, role="TRADER", **args)
    assert not person_may(person_id=house.ben.pk, member_id=house.lab.pk, verb="MANAGE_PEOPLE")


def test_a_revoked_person_belongs_no_more(house: House) -> None:
    args = {"member_id": house.lab.pk, "by_person_id": house.ben.pk, "now": NOW}
    hand = add_person(email="hand@example.org", role="TRADER", **args).person

    revoke_person(person_id=hand.pk, **args)

    assert not memberships_of(hand.pk).exists()
    assert [row.person for row in people_of(house.lab.pk)] == [house.ben]
    with pytest.raises(PersonUnknown):
        revoke_person(person_id=hand.pk, **args)


def test_wrong_requests_are_refused_by_name(house: House) -> None:
    args = {"member_id": house.lab.pk, "by_person_id": house.ben.pk, "now": NOW}

    with pytest.raises(RoleUnknown):
        add_person(email="x@example.org", role="EMPEROR", **args)
    with pytest.raises(AlreadyBelongs):
        add_person(email="ben@example.org", role="VIEWER", **args)


def test_only_people_of_operators_and_regulators_reach_the_admin(house: House) -> None:
    ben = Person.objects.get(pk=house.ben.pk)
    eli = Person.objects.get(pk=house.eli.pk)
    assert (ben.is_staff, eli.is_staff) == (False, True)
    assert eli.has_perm("accounts.view_member")
    assert eli.has_module_perms("accounts")
    assert not eli.has_perm("accounts.change_member")

    args = {"member_id": house.operator.pk, "by_person_id": house.eli.pk, "now": NOW}
    add_person(email="ben@example.org", role="VIEWER", **args)
    assert Person.objects.get(pk=ben.pk).is_staff
    revoke_person(person_id=ben.pk, **args)
    assert not Person.objects.get(pk=ben.pk).is_staff
