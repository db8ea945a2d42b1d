"""Balances: answers over the book, never columns."""

from collections.abc import Iterable

from django.db import connection

from ledger.domain import accounts
from ledger.domain.funds import Funds


def balances_of(keys: Iterable[str]) -> dict[str, int]:
    """Return the balance of each account in micros; an account that is not open has none."""
    wanted = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, ledger_balance(id) FROM ledger_account WHERE key = ANY(%s)", [wanted]
        )
        found = dict(cursor.fetchall())
    return {key: found.get(key, 0) for key in wanted}


def balance_of(account_key: str) -> int:
    """Return an account's balance in micros: newest checkpoint plus the lines after it."""
    return balances_of([account_key])[account_key]


def funds_of(member_id: int) -> Funds:
    """Return what a member may spend, has set aside and is owed; micros."""
    found = balances_of(accounts.member_keys(member_id))
    return Funds(
        available_micros=found[accounts.trading(member_id)],
        order_holds_micros=found[accounts.order_holds(member_id)],
        agreement_holds_micros=found[accounts.agreement_holds(member_id)],
        payable_micros=found[accounts.payable(member_id)],
    )


def hold_remaining(reason: str) -> int:
    """Return what remains of a hold in micros; nothing when nothing was held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(l.amount_micros), 0)::bigint FROM ledger_hold h"
            " JOIN ledger_entryline l ON l.hold_id = h.id WHERE h.reason = %s",
            [reason],
        )
        return int(cursor.fetchone()[0])


def booked(account_key: str, kind: str) -> int:
    """Return what entries of one kind changed on an account, in micros."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(l.amount_micros), 0)::bigint FROM ledger_account a"
            " JOIN ledger_entryline l ON l.account_id = a.id"
            " JOIN ledger_entry e ON e.id = l.entry_id WHERE a.key = %s AND e.kind = %s",
            [account_key, kind],
        )
        return int(cursor.fetchone()[0])
