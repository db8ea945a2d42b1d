"""The only way in which money moves."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from exchange.posting import Line, Posting
from ledger.actions.accounts import open_missing_accounts
from ledger.domain.refusals import AccountUnknown, PostingDiffers
from ledger.models import Entry, EntryLine

# One statement writes an entry with its lines, or nothing: when the key is taken, or when
# an account is not open. It is atomic by itself, so a lone posting is one round trip.
POST = """
WITH wanted AS (
    SELECT * FROM unnest(%(keys)s::text[], %(amounts)s::bigint[], %(holds)s::text[])
        WITH ORDINALITY AS w(account_key, amount_micros, reason, place)
), known AS (
    SELECT w.place, w.amount_micros, a.id AS account_id, h.id AS hold_id
    FROM wanted w JOIN ledger_account a ON a.key = w.account_key
    LEFT JOIN ledger_hold h ON h.reason = w.reason
), entry AS (
    INSERT INTO ledger_entry (key, kind, booked_at, facts)
    SELECT %(key)s, %(kind)s, %(now)s, %(facts)s::jsonb
    WHERE (SELECT count(*) FROM known) = cardinality(%(keys)s::text[])
    ON CONFLICT (key) DO NOTHING RETURNING id
), lines AS (
    INSERT INTO ledger_entryline (entry_id, account_id, hold_id, amount_micros)
    SELECT entry.id, known.account_id, known.hold_id, known.amount_micros
    FROM entry CROSS JOIN known ORDER BY known.place
)
SELECT id FROM entry
"""


def post(*, posting: Posting, kind: str, now: datetime, facts: dict[str, Any] | None = None) -> int:
    """Write a balanced posting and return its entry's number; booked at market time `now`.

    The same posting again returns the first entry. Refuses other lines under the same key
    with PostingDiffers, and accounts that are not open with AccountUnknown. The book is its
    own audit trail: the caller records the deed.
    """
    entry_id = _write(posting, kind, now, facts or {})
    if entry_id is not None:
        return entry_id
    before = Entry.objects.filter(key=posting.key).first()
    if before is None:
        open_missing_accounts(keys=[line.account for line in posting.lines], now=now)
        entry_id = _write(posting, kind, now, facts or {})
        if entry_id is not None:
            return entry_id
        before = Entry.objects.filter(key=posting.key).first()
    if before is None:
        raise AccountUnknown(key=posting.key)
    if _lines_of(before.pk) != sorted(
        (line.account, line.amount_micros, line.hold) for line in posting.lines
    ):
        raise PostingDiffers(key=posting.key)
    return before.pk


def _write(posting: Posting, kind: str, now: datetime, facts: dict[str, Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "key": posting.key,
                "kind": kind,
                "now": now,
                "facts": json.dumps(facts),
                "keys": [line.account for line in posting.lines],
                "amounts": [line.amount_micros for line in posting.lines],
                "holds": [line.hold for line in posting.lines],
            },
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _lines_of(entry_id: int) -> list[tuple[str, int, str]]:
    rows = EntryLine.objects.filter(entry_id=entry_id).values_list(
        "account__key", "amount_micros", "hold__reason"
    )
    return sorted((key, amount, reason or "") for key, amount, reason in rows)


def transfer(
    *,
    from_account: str,
    to_account: str,
    amount_micros: int,
    key: str,
    kind: str,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> int:
    """Move whole micros from one account to another; refuses what `post` refuses."""
    lines = (Line(from_account, -amount_micros), Line(to_account, amount_micros))
    return post(posting=Posting(key=key, lines=lines), kind=kind, now=now, facts=facts)
