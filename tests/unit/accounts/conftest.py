"""A small operator and a small lab, enough to decide about each other."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from accounts.actions import ensure_member, ensure_person
from accounts.models import Member, Person

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class House:
    """The operator with its administrator, a lab with its administrator, and a stranger's firm."""

    operator: Member
    eli: Person
    lab: Member
    ben: Person
    mill: Member
    dana: Person


@pytest.fixture
def house(db: None) -> House:
    operator, eli = _member_with_admin("operator", "OPERATOR", "eli@example.org")
    lab, ben = _member_with_admin("lab", "BUYER", "ben@example.org")
    mill, dana = _member_with_admin("mill", "SELLER", "dana@example.org")
    return House(operator, eli, lab, ben, mill, dana)


def _member_with_admin(code: str, capability: str, email: str) -> tuple[Member, Person]:
    member = ensure_member(
        code=code,
        name=code.title(),
        capabilities=[capability],
        beneficial_owner=f"{code} holding",
        now=NOW,
    )
    person = ensure_person(
        email=email,
        password=PASSWORD,
        full_name=email.partition("@")[0].title(),
        member_code=code,
        role="ADMIN",
        now=NOW,
    )
    return member, person
