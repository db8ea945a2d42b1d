"""Postings of many orders at once: the market's group commit writes them in two statements.

They are the same holds and entries that `hold_funds`, `move_hold` and `release_hold` write, and
the database checks them by the same triggers; only the round trips are shared.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from ledger.actions.accounts import open_missing_accounts
from ledger.domain import accounts

_HOLDS = """
INSERT INTO ledger_hold (reason, member_id, kind, amount_micros, held_at)
SELECT r.reason, r.member, r.kind, r.micros, %(now)s
FROM json_to_recordset(%(holds)s) AS r(reason text, member bigint, kind text, micros bigint)
"""
_ENTRIES = """
WITH entry AS (
    INSERT INTO ledger_entry (key, kind, booked_at, facts)
    SELECT r.key, r.kind, %(now)s, '{}'
    FROM json_to_recordset(%(entries)s) AS r(key text, kind text) RETURNING id, key
)
INSERT INTO ledger_entryline (entry_id, account_id, hold_id, amount_micros)
SELECT e.id, a.id, h.id, r.micros
FROM json_to_recordset(%(lines)s)
     AS r(place int, key text, account text, hold text, micros bigint)
JOIN entry e ON e.key = r.key
JOIN ledger_account a ON a.key = r.account
LEFT JOIN ledger_hold h ON h.reason = r.hold
ORDER BY r.place
"""
_FUNDS = """
SELECT locked.member_id, ledger_balance(locked.id) FROM (
    SELECT id, member_id FROM ledger_account WHERE key = ANY(%s) ORDER BY id FOR NO KEY UPDATE
) locked
"""

Row = dict[str, Any]


@dataclass
class HoldsBatch:
    """Holds and entries of one turn of the market, gathered in order."""

    holds: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)

    def hold(self, *, member_id: int, reason: str, micros: int) -> None:
        """Set a member's trading funds aside for an order."""
        key = f"hold:{reason}"
        self._new_hold(member_id, reason, "ORDER_HOLDS", micros)
        self._enter(key, "HOLD")
        self._line(key, accounts.trading(member_id), "", -micros)
        self._line(key, accounts.order_holds(member_id), reason, micros)

    def change(self, *, member_id: int, reason: str, key: str, micros: int) -> None:
        """Set more aside for an order that was replaced, or (negative) less."""
        self._enter(key, "HOLD" if micros > 0 else "RELEASE")
        self._line(key, accounts.trading(member_id), "", -micros)
        self._line(key, accounts.order_holds(member_id), reason, micros)

    def move(
        self, *, member_id: int, from_reason: str, to_reason: str, key: str, micros: int
    ) -> None:
        """Turn a part of an order's hold into an agreement's hold."""
        self._new_hold(member_id, to_reason, "AGREEMENT_HOLDS", micros)
        self._enter(key, "TRADE")
        self._line(key, accounts.order_holds(member_id), from_reason, -micros)
        self._line(key, accounts.agreement_holds(member_id), to_reason, micros)

    def pay(self, *, member_id: int, to_reason: str, key: str, micros: int) -> None:
        """Set trading funds aside for an agreement at once: its order never rested."""
        self._new_hold(member_id, to_reason, "AGREEMENT_HOLDS", micros)
        self._enter(key, "TRADE")
        self._line(key, accounts.trading(member_id), "", -micros)
        self._line(key, accounts.agreement_holds(member_id), to_reason, micros)

    def release(self, *, member_id: int, reason: str, key: str, micros: int) -> None:
        """Return a part of an order's hold to the member's trading funds."""
        self._enter(key, "RELEASE")
        self._line(key, accounts.order_holds(member_id), reason, -micros)
        self._line(key, accounts.trading(member_id), "", micros)

    def _new_hold(self, member_id: int, reason: str, kind: str, micros: int) -> None:
        self.holds.append({"reason": reason, "member": member_id, "kind": kind, "micros": micros})

    def _enter(self, key: str, kind: str) -> None:
        self.entries.append({"key": key, "kind": kind})

    def _line(self, key: str, account: str, hold: str, micros: int) -> None:
        place = len(self.lines)
        row = {"place": place, "key": key, "account": account, "hold": hold, "micros": micros}
        self.lines.append(row)

    def statements(self, now: datetime) -> list[tuple[str, Row]]:
        """Return what writes them, in order, booked at market time `now`."""
        found: list[tuple[str, Row]] = []
        if self.holds:
            found.append((_HOLDS, {"now": now, "holds": _json(self.holds)}))
        if self.entries:
            rows = {"entries": _json(self.entries), "lines": _json(self.lines), "now": now}
            found.append((_ENTRIES, rows))
        return found


def _json(rows: list[Row]) -> str:
    return msgspec.json.encode(rows).decode()


def funds_statement(member_ids: list[int]) -> tuple[str, list[list[str]]]:
    """Return what locks members' trading funds until the commit: (member, available micros)."""
    return _FUNDS, [[accounts.trading(member_id) for member_id in sorted(set(member_ids))]]


def lock_funds(*, member_ids: list[int], now: datetime) -> dict[int, int]:
    """Lock members' trading funds until the commit, opening accounts that are not open yet.

    Returns what is available, in micros.
    """
    open_missing_accounts(keys=map(accounts.trading, member_ids), now=now)
    text, parameters = funds_statement(member_ids)
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return dict(cursor.fetchall())
