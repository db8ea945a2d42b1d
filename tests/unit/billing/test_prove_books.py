"""The books are proved, and each planted corruption is found."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from billing.actions import ask_deposit, issue_invoices, record_payouts, withdraw
from billing.queries.invariants import INVARIANTS as BILLING_INVARIANTS
from exchange.window import day_start
from ledger.actions import write_checkpoints
from ledger.queries.invariants import INVARIANTS as LEDGER_INVARIANTS
from sandbox.stripe_emulator import StripeEmulator
from tests.unit.billing.house import House
from tests.unit.billing.planting import CORRUPTIONS, plant


@pytest.fixture
def books(house: House, stripe: StripeEmulator) -> House:
    """A day on paper, an agreement half settled, an open order, a deposit and a withdrawal."""
    house.deliver(house.sold(price="1.23"), [28_799, 0])
    house.deliver(house.sold_with_link(), [28_800, 0])
    metered = house.sold_with_metered_link(start=2)
    house.deliver(metered, [28_800, 28_800])
    house.carry(metered, [(36_000, 25_000), (12_345, 14_999)])
    house.world.order(limit_micros=10_000)
    house.now = day_start(house.day + timedelta(days=1))
    issue_invoices(delivery_day=house.day, now=house.now)
    record_payouts(delivery_day=house.day, now=house.now)
    house.deliver(house.sold(hours=3, start=24), [28_800])
    ask_deposit(
        member_id=house.ben,
        amount_fen=5_000,
        key="d",
        payment_method="pm_card_pendingRefund",
        now=house.now,
    )
    withdraw(member_id=house.ben, amount_fen=4_000, key="w", now=house.now)
    write_checkpoints(now=house.now, worth_lines=1)
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
