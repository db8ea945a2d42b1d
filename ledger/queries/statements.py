"""Statements: a member's lines, newest first, each with the balance after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from ledger.domain.funds import StatementLine
from ledger.models import EntryLine


def statement_of(
    member_id: int,
    *,
    before_id: int | None = None,
    limit: int = 50,
    account_kinds: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    facts: Mapping[str, str] | None = None,
) -> list[StatementLine]:
    """Return up to `limit` lines of a member's accounts, older than line `before_id`.

    `account_kinds` keeps some accounts only; `since` and `until` bound the booking time;
    `facts` keeps entries that say so (`{"agreement": "GH-2026-000017", "run": "SF"}`).
    """
    rows = EntryLine.objects.filter(account__member_id=member_id)
    if account_kinds:
        rows = rows.filter(account__kind__in=account_kinds)
    if facts:
        rows = rows.filter(entry__facts__contains=dict(facts))
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    if since is not None:
        rows = rows.filter(entry__booked_at__gte=since)
    if until is not None:
        rows = rows.filter(entry__booked_at__lt=until)
    page = list(rows.select_related("entry", "account", "hold").order_by("-id")[:limit])
    balances = _balances_after(page)
    return [
        StatementLine(
            id=line.pk,
            booked_at=line.entry.booked_at,
            kind=line.entry.kind,
            account=line.account.kind,
            amount_micros=line.amount_micros,
            balance_micros=balances[line.pk],
            key=line.entry.key,
            reason=line.hold.reason if line.hold else "",
            facts=line.entry.facts,
        )
        for line in page
    ]


def _balances_after(page: Sequence[EntryLine]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, ledger_balance(w.account_id) - COALESCE((SELECT sum(l.amount_micros)"
            " FROM ledger_entryline l WHERE l.account_id = w.account_id AND l.id > w.id), 0)"
            " FROM ledger_entryline w WHERE w.id = ANY(%s)",
            [[line.pk for line in page]],
        )
        return {int(line_id): int(balance) for line_id, balance in cursor.fetchall()}
