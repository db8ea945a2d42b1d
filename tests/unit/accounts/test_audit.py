"""The stored audit trail: written once, sealed behind running transactions, provable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.actions import record_deed, seal_deeds
from accounts.models import DailyHead, Deed, SealedDeed
from accounts.queries import verify_chain
from accounts.tasks import seal_deeds_task
from tests.unit.accounts.quiet import seal_quietly, wait_until_older_transactions_end

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SWAP = """
    UPDATE accounts_deed SET id = -1 WHERE subject = 'order:1';
    UPDATE accounts_deed SET id = -2 WHERE subject = 'order:2';
    UPDATE accounts_deed SET id = (SELECT deed_id FROM accounts_sealeddeed WHERE sequence = 3)
        WHERE id = -1;
    UPDATE accounts_deed SET id = (SELECT deed_id FROM accounts_sealeddeed WHERE sequence = 2)
        WHERE id = -2;
"""
pytestmark = pytest.mark.django_db(transaction=True)


def _deeds(count: int) -> None:
    for number in range(count):
        record_deed(verb="ORDER_PLACED", subject=f"order:{number}", facts={"n": number}, now=NOW)


def _corrupt(statement: str) -> None:
    """Change what the triggers protect, as someone who owns the database could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_sealing_chains_every_deed_once() -> None:
    _deeds(3)

    first = seal_quietly(now=NOW)
    _deeds(2)
    second = seal_quietly(now=NOW)
    third = seal_quietly(now=NOW)

    assert (first.sealed, second.sealed, third.sealed) == (3, 2, 0)
    proof = verify_chain()
    assert (proof.holds, proof.sealed, proof.waiting) == (True, 5, 0)
    assert proof.head == second.head == third.head


def test_deeds_of_a_running_transaction_and_later_ones_wait() -> None:
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname=settings["NAME"],
    ) as other:
        _deeds(1)
        other.execute(
            "INSERT INTO accounts_deed (at_market, verb, subject, facts)"
            " VALUES (now(), 'SLOW', 'order:9', '{}')"
        )
        _deeds(1)

        assert seal_quietly(now=NOW, deeds=1).sealed == 1
        other.commit()
        assert seal_quietly(now=NOW).sealed == 2
    assert verify_chain().holds


def test_a_second_sealer_leaves_the_work_to_the_first() -> None:
    settings = connection.settings_dict
    _deeds(2)
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname=settings["NAME"],
    ) as other:
        other.execute("SELECT pg_advisory_xact_lock(7305002)")

        assert seal_deeds(now=NOW).sealed == 0
    wait_until_older_transactions_end()
    assert seal_deeds_task() == 2


@pytest.mark.parametrize(
    "table", ["accounts_deed", "accounts_sealeddeed", "accounts_seal", "accounts_dailyhead"]
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_delete_from_the_trail(table: str, statement: str) -> None:
    _deeds(1)
    seal_quietly(now=NOW)

    with pytest.raises(DatabaseError, match="written once"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_database_refuses_to_change_a_deed() -> None:
    _deeds(1)

    with pytest.raises(DatabaseError, match="written once"):
        Deed.objects.update(verb="NOTHING")


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE accounts_deed SET facts = '{\"n\": 7}' WHERE subject = 'order:2'", 3),
        ("UPDATE accounts_deed SET subject = 'order:X' WHERE subject = 'order:4'", 5),
        ("DELETE FROM accounts_deed WHERE subject = 'order:1'", 2),
        ("DELETE FROM accounts_sealeddeed WHERE sequence = 2", 2),
        ("DELETE FROM accounts_sealeddeed WHERE sequence = 1", 1),
        (
            SWAP,
            2,
        ),
        ("DELETE FROM accounts_sealeddeed WHERE sequence >= 5", 5),
        ("DELETE FROM accounts_sealeddeed; DELETE FROM accounts_deed", 1),
        ("DELETE FROM accounts_seal", 5),
    ],
    ids=["byte", "last", "deed", "seal", "first", "swap", "tail", "all", "record"],
)
def test_every_tampering_is_found(statement: str, sequence: int) -> None:
    _deeds(5)
    seal_quietly(now=NOW)

    _corrupt(statement)

    proof = verify_chain()
    assert proof.broken is not None
    assert proof.broken.sequence == sequence


def test_a_tail_cut_everywhere_is_found_by_the_published_head() -> None:
    _deeds(2)
    seal_quietly(now=NOW)
    _deeds(2)
    noted = seal_quietly(now=NOW + timedelta(days=1)).head

    _corrupt("DELETE FROM accounts_sealeddeed WHERE sequence > 2")
    _corrupt(
        "DELETE FROM accounts_deed WHERE id IN"
        " (SELECT id FROM accounts_deed ORDER BY id DESC LIMIT 2)"
    )
    _corrupt("DELETE FROM accounts_seal WHERE last_sequence > 2")

    assert not verify_chain().holds  # the daily head still says four
    _corrupt("DELETE FROM accounts_dailyhead WHERE last_sequence > 2")
    assert verify_chain().holds
    assert not verify_chain(noted).holds


def test_the_head_is_published_once_a_delivery_day() -> None:
    _deeds(1)
    for hours in (0, 1, 24, 25):
        seal_quietly(now=NOW + timedelta(hours=hours))

    days = DailyHead.objects.order_by("delivery_day").values_list("delivery_day", flat=True)
    assert [day.isoformat() for day in days] == ["2026-11-22", "2026-11-23"]
    assert SealedDeed.objects.count() == 1


def test_the_command_says_whether_the_chain_holds(run: Callable[[], str]) -> None:
    _deeds(3)
    seal_quietly(now=NOW)
    assert "3 deeds sealed, 0 waiting" in run()

    _corrupt("UPDATE accounts_deed SET verb = 'X' WHERE subject = 'order:0'")

    with pytest.raises(SystemExit) as stop:
        run()
    assert stop.value.code == 1


@pytest.fixture
def run() -> Callable[[], str]:
    def command() -> str:
        out = StringIO()
        call_command("verify_audit", stdout=out)
        return out.getvalue()

    return command
