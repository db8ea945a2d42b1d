"""Each invariant of members and the audit trail is caught when it is broken."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.actions import ensure_member, record_deed
from accounts.models import ApiApplication
from accounts.queries.invariants import INVARIANTS as OF_ACCOUNTS
from tests.unit.accounts.quiet import seal_quietly
from timetable.actions import step_to
from timetable.queries.invariants import INVARIANTS as OF_TIME

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def _broken() -> set[str]:
    codes = set()
    for invariant in (*OF_ACCOUNTS, *OF_TIME):
        with connection.cursor() as cursor:
            cursor.execute(invariant.sql)
            if cursor.fetchall():
                codes.add(invariant.code)
    return codes


def _furnish() -> None:
    member = ensure_member(
        code="lab", name="Lab", capabilities=["BUYER"], beneficial_owner="Lab", now=NOW
    )
    ApiApplication.objects.create(
        member=member, client_type="confidential", authorization_grant_type="client-credentials"
    )
    for hour in (8, 9):
        step_to(market_at=NOW.replace(hour=hour), reason="test", wall=NOW)
    for number in range(4):
        record_deed(verb="ORDER_PLACED", subject=f"order:{number}", now=NOW)
    seal_quietly(now=NOW)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM accounts_sealeddeed WHERE sequence = 2", "ACCOUNTS-01"),
        ("UPDATE accounts_sealeddeed SET hash = 'x' WHERE sequence = 3", "ACCOUNTS-01"),
        ("DELETE FROM accounts_sealeddeed WHERE sequence = 5", "ACCOUNTS-02"),
        ("UPDATE accounts_dailyhead SET hash = 'x'", "ACCOUNTS-03"),
        ("UPDATE accounts_apiapplication SET member_id = NULL", "ACCOUNTS-04"),
        ("UPDATE accounts_member SET decided_at = NULL", "ACCOUNTS-05"),
        ("UPDATE timetable_clockrow SET market_origin = now() - id * interval '1 h'", "TIME-01"),
    ],
)
def test_what_is_broken_is_found(statement: str, code: str) -> None:
    _furnish()
    assert _broken() == set()

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute("SET session_replication_role = origin")

    assert code in _broken()
