"""Recompute the book from entry one, without checkpoints and without the database's sums."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connection

from ledger.domain.proof import Finding
from ledger.models import Account, Checkpoint, EntryLine, Hold


def recompute_book() -> Iterator[Finding]:
    """Yield one finding a proof, after folding every line in the order of writing."""
    balances: dict[int, int] = defaultdict(int)
    held: dict[int, int] = defaultdict(int)
    entries: dict[int, int] = defaultdict(int)
    checkpoints = {
        (account_id, line_id): balance
        for account_id, line_id, balance in Checkpoint.objects.values_list(
            "account_id", "line_id", "balance_micros"
        )
    }
    wrong_checkpoints: list[str] = []
    seen_checkpoints = 0
    for line_id, entry_id, account_id, hold_id, amount in _lines():
        balances[account_id] += amount
        entries[entry_id] += amount
        if hold_id is not None:
            held[hold_id] += amount
        noted = checkpoints.get((account_id, line_id))
        if noted is not None:
            seen_checkpoints += 1
            if noted != balances[account_id]:
                wrong_checkpoints.append(f"account {account_id} at line {line_id}")
    if seen_checkpoints != len(checkpoints):
        wrong_checkpoints.append(f"{len(checkpoints) - seen_checkpoints} at no line")
    unbalanced = [f"entry {entry_id}" for entry_id, total in entries.items() if total]
    yield Finding("recomputed entries balance", len(entries), tuple(unbalanced))
    whole = sum(balances.values())
    yield Finding("recomputed book sums to zero", 1, (f"{whole} micros",) if whole else ())
    yield Finding("recomputed checkpoints", len(checkpoints), tuple(wrong_checkpoints))
    yield _answers(balances)
    yield _holds(balances, held)


def _lines() -> Iterable[tuple[int, int, int, int | None, int]]:
    return (
        EntryLine.objects.order_by("id")
        .values_list("id", "entry_id", "account_id", "hold_id", "amount_micros")
        .iterator(chunk_size=5_000)
    )


def _answers(balances: dict[int, int]) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, key, ledger_balance(id) FROM ledger_account")
        rows = cursor.fetchall()
    wrong = [
        f"{key}: {answer} instead of {balances[account_id]}"
        for account_id, key, answer in rows
        if answer != balances[account_id]
    ]
    return Finding("balances as answered", len(rows), tuple(wrong))


def _holds(balances: dict[int, int], held: dict[int, int]) -> Finding:
    by_account: dict[int, int] = defaultdict(int)
    holds = Hold.objects.filter(kind="AGREEMENT_HOLDS").values_list("pk", "member_id")
    for hold_id, member_id in holds:
        by_account[member_id] += held[hold_id]
    # What is held for orders is proved by their own rows, where those are known.
    accounts = Account.objects.filter(kind="AGREEMENT_HOLDS")
    wrong = [
        f"{account.key}: {balances[account.pk]} held,"
        f" {by_account[account.member_id or 0]} by reasons"
        for account in accounts
        if balances[account.pk] != by_account[account.member_id or 0]
    ]
    return Finding("held funds by their reasons", len(holds), tuple(wrong))
