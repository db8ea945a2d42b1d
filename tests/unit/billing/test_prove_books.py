"""The books are proved, and each planted corruption is found."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from billing.queries.invariants import INVARIANTS as BILLING_INVARIANTS
from ledger.actions import write_checkpoints
from ledger.queries.invariants import INVARIANTS as LEDGER_INVARIANTS
from tests.unit.billing.house import House
from tests.unit.billing.planting import CORRUPTIONS, plant


@pytest.fixture
def books(house: House) -> House:
    """One agreement settled with damages, one half settled, and one order open."""
    house.deliver(house.sold(), [28_800, 0])
    house.deliver(house.sold(hours=3), [28_800])
    house.world.order(limit_micros=10_000)
    write_checkpoints(now=house.world.now, worth_lines=1)
    return house


def prove() -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("prove_books", stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


def broken_lines(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if " WRONG " in line]


def test_honest_books_are_proved(books: House) -> None:
    code, printed = prove()

    assert (code, broken_lines(printed)) == (0, [])
    assert "books: proved" in printed


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_planted_corruption_is_found(name: str, books: House) -> None:
    proof, statement = CORRUPTIONS[name]

    plant(statement, ada=books.ada, ben=books.ben)

    code, printed = prove()
    assert code == 1
    assert any(proof in line for line in broken_lines(printed)), printed


@pytest.mark.parametrize(
    "invariant", [*LEDGER_INVARIANTS, *BILLING_INVARIANTS], ids=lambda i: i.code
)
def test_every_invariant_only_reads_and_has_a_corruption(invariant, db: None) -> None:  # type: ignore[no-untyped-def]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        cursor.execute(invariant.sql)
        assert cursor.fetchall() == []

    assert invariant.code in {proof for proof, _ in CORRUPTIONS.values()}
