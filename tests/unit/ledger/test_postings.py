"""The money book: what is posted, once, and never unbalanced."""

from datetime import UTC, datetime

import pytest

from accounts.models import Member
from exchange.posting import Line, Posting
from ledger.actions import (
    AccountUnknown,
    FundsShort,
    PostingDiffers,
    hold_funds,
    open_member_accounts,
    post,
)
from ledger.models import Account, Entry, EntryLine
from ledger.queries import balance_of, funds_of, statement_of
from tests.unit.ledger.conftest import fund

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_a_posting_moves_money_between_accounts(ben: int, ada: int) -> None:
    lines = (Line(f"trading:{ben}", -300), Line(f"payable:{ada}", 290), Line("fees", 10))

    post(posting=Posting(key="sale:1", lines=lines), kind="SALE", now=NOW)

    assert funds_of(ben).available_micros == 999_999_700
    assert funds_of(ada).payable_micros == 290
    assert balance_of("fees") == 10
    assert balance_of("bank:transfer") == -1_000_000_000


def test_the_same_posting_again_is_the_first_one(ben: int) -> None:
    posting = Posting(key="x", lines=(Line(f"trading:{ben}", -5), Line("fees", 5)))

    first = post(posting=posting, kind="X", now=NOW)
    second = post(posting=posting, kind="X", now=NOW)

    assert first == second
    assert balance_of("fees") == 5


def test_another_posting_under_the_same_key_is_refused(ben: int) -> None:
    post(posting=Posting("x", (Line(f"trading:{ben}", -5), Line("fees", 5))), kind="X", now=NOW)

    with pytest.raises(PostingDiffers):
        post(posting=Posting("x", (Line(f"trading:{ben}", -6), Line("fees", 6))), kind="X", now=NOW)


def test_a_posting_to_an_account_that_nobody_opened_is_refused(ben: int) -> None:
    lines = (Line(f"trading:{ben}", -5), Line("trading:999999", 5))

    with pytest.raises(AccountUnknown):
        post(posting=Posting("x", lines), kind="X", now=NOW)

    assert Entry.objects.filter(key="x").count() == 0


def test_house_accounts_open_on_demand(ben: int) -> None:
    post(posting=Posting("x", (Line(f"trading:{ben}", -5), Line("tax", 5))), kind="X", now=NOW)

    assert Account.objects.get(key="tax").member_id is None


def test_accounts_open_once(ben: int) -> None:
    open_member_accounts(member_id=ben, now=NOW)

    assert Account.objects.filter(member_id=ben).count() == 4


def test_a_lone_posting_is_one_statement(ben: int, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    post(posting=Posting("w", (Line(f"trading:{ben}", -5), Line("fees", 5))), kind="X", now=NOW)
    posting = Posting("x", (Line(f"trading:{ben}", -5), Line("fees", 5)))

    with django_assert_num_queries(1):
        post(posting=posting, kind="X", now=NOW)


def test_a_statement_tells_the_balance_after_each_line(ben: int) -> None:
    for i in range(1, 5):
        lines = (Line(f"trading:{ben}", -i), Line("fees", i))
        post(posting=Posting(f"x{i}", lines), kind="X", now=NOW, facts={"i": i})

    newest = statement_of(ben, limit=2)
    older = statement_of(ben, before_id=newest[-1].id, limit=2)

    assert [line.amount_micros for line in newest + older] == [-4, -3, -2, -1]
    assert [line.balance_micros - 999_999_990 for line in newest + older] == [0, 4, 7, 9]
    assert newest[0].facts == {"i": 4}
    assert EntryLine.objects.count() == 10


def test_an_admitted_members_accounts_open_at_first_use(db: None) -> None:
    gil = Member.objects.create(code="gil", name="Gil", beneficial_owner="gil", applied_at=NOW)

    with pytest.raises(FundsShort):
        hold_funds(member_id=gil.pk, reason="order:1", amount_micros=1, now=NOW)
    fund(gil.pk, 7)

    assert funds_of(gil.pk).available_micros == 7
