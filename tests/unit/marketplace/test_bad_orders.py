"""Hundreds of bad orders, listings and changes: each refused by its code and field, no trace."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from exchange.window import NotAWindow
from ledger.domain.refusals import FundsShort
from marketplace.domain import refusals
from marketplace.models import Listing, MarketEvent, Order
from tests.bad.case import Bad
from tests.bad.every import BAD
from tests.bad.stage import Stage

pytestmark = [pytest.mark.xdist_group("bad orders"), pytest.mark.django_db]
# What a sender cannot bring about by what it sends, and where it is proven instead.
UNREACHED = {
    "E-BUSY-01": "the market's lock is held by another: test_concurrency",
    "E-BUSY-02": "the engine does not answer: tests/faults",
    "E-BUSY-03": "the engine has stopped itself: tests/faults",
    "E-BUSY-04": "the database refuses an entry twice: tests/faults",
}


@dataclass(frozen=True)
class Trace:
    """What a refused act must leave as it was."""

    orders: tuple[object, ...]
    listings: tuple[object, ...]
    events: int

    @classmethod
    def now(cls) -> "Trace":
        """Look at every order and listing, and count the events."""
        figures = ("pk", "state", "version", "arrival", "filled", "held_micros")
        return cls(
            tuple(Order.objects.order_by("pk").values_list(*figures)),
            tuple(Listing.objects.order_by("pk").values_list("pk", "state", "version", "free")),
            MarketEvent.objects.count(),
        )


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One stage for all cases, in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Stage()
        transaction.set_rollback(True)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.act}: {bad.name}")
def test_it_is_refused_by_its_code_and_field(stage: Stage, bad: Bad) -> None:
    with transaction.atomic():
        if bad.given is not None:
            bad.given(stage.world)
        before = Trace.now()
        with pytest.raises(Refused) as refused:
            stage.do(bad)
        after = Trace.now()
        transaction.set_rollback(True)

    assert (refused.value.code, refused.value.field) == (bad.code, bad.field)
    assert str(refused.value)
    assert bad.act.startswith("two_") or before == after


def test_the_table_has_hundreds_of_names_and_each_once() -> None:
    names = Counter((bad.act, bad.name) for bad in BAD)

    assert len(names) >= 300
    assert [name for name, count in names.items() if count > 1] == []


def test_every_code_of_the_market_is_somebodys() -> None:
    kinds = {
        kind.code
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, Refused) and "code" in vars(kind)
    } - {Refused.code}
    borrowed = {kind.code for kind in (FundsShort, MoveRefused, NotAWindow, NotFound)}

    assert {bad.code for bad in BAD} == (kinds | borrowed) - set(UNREACHED)
    assert set(UNREACHED) <= kinds
