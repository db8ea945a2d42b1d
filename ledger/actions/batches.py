"""Postings of a turn of the market: one entry a member, whatever its orders did, in one statement.

An entry moves what the member's trading funds and order holds have gained or lost in the turn,
and sets aside what it has bought, each trade and each link under a hold of its own. Its facts
itemise it: by trade number, or by the whole reason.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from ledger.actions.accounts import open_missing_accounts
from ledger.domain import accounts

_WRITE = """
WITH moved AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(members)s::json)
             AS r(member bigint, trading bigint, held bigint, back bigint, facts jsonb)
), entry AS (
    INSERT INTO ledger_entry (key, kind, booked_at, facts)
    SELECT 'turn:' || %(turn)s::bigint || ':' || member, 'MARKET', %(now)s::timestamptz, facts
    FROM moved RETURNING id, key
), hold AS (
    INSERT INTO ledger_hold (reason, member_id, kind, amount_micros, held_at)
    SELECT reason, member, 'AGREEMENT_HOLDS', micros, %(now)s::timestamptz
    FROM json_to_recordset(%(bought)s::json) AS r(reason text, member bigint, micros bigint)
    RETURNING id, member_id, amount_micros
), line AS (
    SELECT member, 'trading' AS kind, NULL::bigint AS hold, trading AS micros
    FROM moved WHERE trading <> 0
    UNION ALL
    SELECT member, 'order_holds', NULL, held FROM moved WHERE held <> 0
    UNION ALL
    SELECT member, 'order_holds', NULL, back FROM moved WHERE back <> 0
    UNION ALL
    SELECT member_id, 'agreement_holds', id, amount_micros FROM hold
)
INSERT INTO ledger_entryline (entry_id, account_id, hold_id, amount_micros)
SELECT e.id, a.id, l.hold, l.micros FROM line l
JOIN entry e ON e.key = 'turn:' || %(turn)s::bigint || ':' || l.member
JOIN ledger_account a ON a.key = l.kind || ':' || l.member
ORDER BY e.id, l.hold NULLS FIRST, l.kind DESC
"""
_FREE = """
WITH freed AS MATERIALIZED (
    SELECT h.id, h.reason, r.member, r.micros
    FROM json_to_recordset(%(freed)s::json) AS r(reason text, member bigint, micros bigint)
    JOIN ledger_hold h ON h.reason = r.reason
), entry AS (
    INSERT INTO ledger_entry (key, kind, booked_at, facts)
    SELECT 'release:' || reason, 'RELEASE', %(now)s::timestamptz, '{}' FROM freed
    RETURNING id, key
), line AS (
    SELECT reason, 'order_holds' AS kind, id AS hold, member, -micros AS micros FROM freed
    UNION ALL
    SELECT reason, 'trading', NULL, member, micros FROM freed
)
INSERT INTO ledger_entryline (entry_id, account_id, hold_id, amount_micros)
SELECT e.id, a.id, l.hold, l.micros FROM line l
JOIN entry e ON e.key = 'release:' || l.reason
JOIN ledger_account a ON a.key = l.kind || ':' || l.member
ORDER BY e.id, l.hold NULLS FIRST
"""
_LOCK = """
SELECT 1 FROM ledger_account WHERE key = ANY(%(keys)s::text[]) ORDER BY id FOR NO KEY UPDATE
"""
# A statement of its own: what was committed while the lock was waited for counts.
_FUNDS = """
SELECT a.member_id, COALESCE(c.balance_micros, 0) + t.micros, t.lines
FROM ledger_account a
LEFT JOIN LATERAL (
    SELECT line_id, balance_micros FROM ledger_checkpoint
    WHERE account_id = a.id ORDER BY line_id DESC LIMIT 1) c ON true
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(l.amount_micros), 0)::bigint AS micros, count(*) AS lines
    FROM ledger_entryline l WHERE l.account_id = a.id AND l.id > COALESCE(c.line_id, 0)) t
WHERE a.key = ANY(%(keys)s::text[])
"""
_CHECKPOINT = "SELECT ledger_note_balances(%(keys)s::text[])"
# Beyond so many lines a balance costs more than a checkpoint.
LINES_WORTH_A_CHECKPOINT = 32

Statement = tuple[str, dict[str, Any]]


class _Moved:
    """What a turn moves of one member's."""

    __slots__ = ("held", "moved", "paid")

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.moved: dict[str, int] = {}
        self.paid: dict[str, int] = {}

    def row(self, member_id: int) -> dict[str, Any] | None:
        """Return the entry's row, or None when all that moved has come back."""
        held, back = sum(self.held.values()), 0
        trading = -held - sum(self.moved.values()) - sum(self.paid.values())
        if not held and not trading:
            # One order may give back just what another takes: both are told, and booked.
            held = sum(micros for micros in self.held.values() if micros > 0)
            back = -held
            if not held:
                return None
        items = {"held": self.held, "moved": self.moved, "paid": self.paid}
        facts = {name: item for name, item in items.items() if item}
        moved = {"trading": trading, "held": held, "back": back}
        return {"member": member_id, **moved, "facts": facts}


class TurnPostings:
    """What one turn of the market moves, member by member."""

    def __init__(self) -> None:
        self._of: dict[int, _Moved] = {}
        self._bought: list[dict[str, Any]] = []
        self._freed: list[dict[str, Any]] = []

    def free(self, *, member_id: int, reason: str, micros: int) -> None:
        """Return all of a hold of its own to trading funds, before anything is paid."""
        self._freed.append({"reason": reason, "member": member_id, "micros": micros})

    def hold(self, *, member_id: int, order_id: int, micros: int) -> None:
        """Set trading funds aside for an order, or (negative) return them."""
        held = self._moved(member_id).held
        held[order_id] = held.get(order_id, 0) + micros

    def move(self, *, member_id: int, order_id: int, reason: str, micros: int) -> None:
        """Turn a part of what is held for an order into the hold of a trade, or of a link."""
        moved = self._moved(member_id)
        moved.held[order_id] = moved.held.get(order_id, 0) - micros
        moved.moved[reason.removeprefix("trade:")] = micros
        self._bought.append({"reason": reason, "member": member_id, "micros": micros})

    def pay(self, *, member_id: int, reason: str, micros: int) -> None:
        """Set trading funds aside for a trade or a link at once: its order never rested."""
        self._moved(member_id).paid[reason.removeprefix("trade:")] = micros
        self._bought.append({"reason": reason, "member": member_id, "micros": micros})

    def _moved(self, member_id: int) -> _Moved:
        found = self._of.get(member_id)
        if found is None:
            found = self._of[member_id] = _Moved()
        return found

    def statements(self, turn: int, now: datetime) -> list[Statement]:
        """Return what writes them under the turn's number, booked at market time `now`."""
        found = [(_FREE, {"now": now, "freed": _json(self._freed)})] if self._freed else []
        rows = [row for member, moved in self._of.items() if (row := moved.row(member))]
        if rows:
            figures = {"members": _json(rows), "bought": _json(self._bought)}
            found.append((_WRITE, {"turn": turn, "now": now, **figures}))
        return found


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def funds_statements(member_ids: Iterable[int]) -> list[Statement]:
    """Return what locks members' trading funds until the commit, and what then reads them.

    The second gives a row a member: available micros, and lines since its checkpoint.
    """
    keys = {"keys": [accounts.trading(member_id) for member_id in sorted(set(member_ids))]}
    return [(_LOCK, keys), (_FUNDS, keys)]


def checkpoint_statement(member_ids: Iterable[int]) -> Statement:
    """Return what notes the balances that a turn asks for, unless a posting is under way."""
    kinds = (accounts.trading, accounts.order_holds)
    return _CHECKPOINT, {"keys": [key(member) for member in member_ids for key in kinds]}


def lock_funds(*, member_ids: list[int], now: datetime) -> dict[int, int]:
    """Lock members' trading funds until the commit, opening accounts that are not open yet.

    Returns what is available, in micros.
    """
    open_missing_accounts(keys=map(accounts.trading, member_ids), now=now)
    with connection.cursor() as cursor:
        for text, parameters in funds_statements(member_ids):
            cursor.execute(text, parameters)
        return {member: micros for member, micros, _lines in cursor.fetchall()}
