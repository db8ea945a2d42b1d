"""Two members with open accounts, and money in the bank."""

from datetime import UTC, datetime

import pytest

from accounts.models import Member
from exchange.posting import Line, Posting
from ledger.actions import open_member_accounts, post

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def member(code: str) -> int:
    row = Member.objects.create(
        code=code, name=code.title(), beneficial_owner=code, state="ADMITTED", applied_at=NOW
    )
    open_member_accounts(member_id=row.pk, now=NOW)
    return row.pk


def fund(member_id: int, amount_micros: int, key: str = "deposit:1") -> int:
    lines = (Line("bank:transfer", -amount_micros), Line(f"trading:{member_id}", amount_micros))
    return post(posting=Posting(key=key, lines=lines), kind="DEPOSIT", now=NOW)


@pytest.fixture
def ben(db: None) -> int:
    """A buyer with 1,000 yuan."""
    row = member("ben")
    fund(row, 1_000_000_000)
    return row


@pytest.fixture
def ada(db: None) -> int:
    """A seller without money."""
    return member("ada")
