"""What the database refuses, whatever the code asks."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import Error, connection, transaction

from exchange.posting import Line, Posting
from ledger.actions import hold_funds, post, write_checkpoints
from ledger.models import Account, Checkpoint, Entry, EntryLine, Hold
from ledger.queries import balance_of
from tests.unit.ledger.conftest import fund, member

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def _entry(*lines: tuple[str, int]) -> None:
    entry = Entry.objects.create(key="raw", kind="RAW", booked_at=NOW)
    EntryLine.objects.bulk_create(
        [
            EntryLine(entry=entry, account=Account.objects.get(key=key), amount_micros=amount)
            for key, amount in lines
        ]
    )


def _at_commit(act: Callable[[], object]) -> None:
    with transaction.atomic():
        act()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _line_for_hold_without_hold(ben: int) -> None:
    _entry((f"trading:{ben}", -1), (f"agreement_holds:{ben}", 1))


def _line_to_old_entry(ben: int) -> None:
    EntryLine.objects.create(
        entry=Entry.objects.get(key="deposit:1"),
        account=Account.objects.get(key=f"trading:{ben}"),
        amount_micros=1,
    )


ACTS: dict[str, tuple[str, Callable[[int], object]]] = {
    "unbalanced lines": (
        "do not sum to zero",
        lambda ben: _entry((f"trading:{ben}", -2), ("bank:transfer", 1)),
    ),
    "a line added to an old entry": ("do not sum to zero", _line_to_old_entry),
    "an entry without lines": ("fewer than two", lambda _: _entry()),
    "an overdrawn account": (
        "overdrawn",
        lambda ben: _entry((f"trading:{ben}", -1_000_000_001), ("bank:transfer", 1_000_000_001)),
    ),
    "held funds without a hold": ("does not fit its hold", _line_for_hold_without_hold),
    "changing an entry": ("append-only", lambda _: Entry.objects.update(kind="Y")),
    "deleting lines": ("append-only", lambda _: EntryLine.objects.all()._raw_delete("default")),
    "changing lines": ("append-only", lambda _: EntryLine.objects.update(amount_micros=1)),
    "changing holds": ("append-only", lambda _: Hold.objects.update(amount_micros=1)),
    "changing checkpoints": (
        "append-only",
        lambda _: Checkpoint.objects.update(balance_micros=1),
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_the_database_refuses(name: str, ben: int) -> None:
    said, act = ACTS[name]

    with pytest.raises(Error, match=said):
        _at_commit(lambda: act(ben))


@pytest.mark.parametrize("table", ["entry", "entryline", "hold", "checkpoint"])
def test_no_table_of_the_book_is_emptied(table: str, db: None) -> None:
    empty_it = f"TRUNCATE ledger_{table} CASCADE"

    with (
        pytest.raises(Error, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(empty_it)


def test_a_hold_cannot_be_overdrawn_on_the_account_of_another_hold(ben: int) -> None:
    for reason in ("order:1", "order:2"):
        hold_funds(member_id=ben, reason=reason, amount_micros=10, now=NOW)
    lines = (Line(f"order_holds:{ben}", -11, hold="order:1"), Line(f"trading:{ben}", 11))

    with pytest.raises(Error, match="overdrawn"):
        _at_commit(lambda: post(posting=Posting("raw", lines), kind="RAW", now=NOW))


def test_a_checkpoint_changes_no_balance(ben: int) -> None:
    assert write_checkpoints(now=NOW, worth_lines=1) == 2
    post(posting=Posting("x", (Line(f"trading:{ben}", -5), Line("fees", 5))), kind="X", now=NOW)

    assert balance_of(f"trading:{ben}") == 999_999_995
    assert write_checkpoints(now=NOW, worth_lines=1) == 2
    assert write_checkpoints(now=NOW, worth_lines=1) == 0
    assert balance_of(f"trading:{ben}") == 999_999_995
    newest = Checkpoint.objects.filter(account__key=f"trading:{ben}").order_by("-line_id")[0]
    assert newest.balance_micros == 999_999_995


@pytest.mark.django_db(transaction=True)
def test_two_debits_at_once_cannot_both_spend_the_same_funds() -> None:
    ben = member("ben")
    fund(ben, 100)
    outcomes: list[str] = []

    def debit(name: str) -> None:
        try:
            lines = (Line(f"trading:{ben}", -60), Line("fees", 60))
            post(posting=Posting(name, lines), kind="X", now=NOW)
            outcomes.append("posted")
        except Error:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=debit, args=(f"x{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["posted", "refused", "refused", "refused"]
    assert balance_of(f"trading:{ben}") == 40
