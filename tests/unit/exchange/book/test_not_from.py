"""An order that passes members by: the exchange's own, for a substitute."""

from typing import Any

import pytest

from exchange.book.commands import Requires
from exchange.book.events import Rejected
from tests.unit.exchange.book.talk import ADA, CAI, YUAN, buy, endings, market, sell, tell, trades

SUBSTITUTE: dict[str, Any] = {"time_in_force": "FOK", "not_from": (ADA,)}


def test_the_listings_of_a_member_that_is_passed_by_serve_nobody_else_changes() -> None:
    book = market(sell(1), sell(2, pool=3, member=CAI, ask_micros=2 * YUAN))

    assert trades(tell(book, buy(9, **SUBSTITUTE))) == [(9, 2, 8, 100)]
    assert trades(tell(book, buy(8, time_in_force="FOK"))) == [(8, 1, 8, 100)]


def test_where_nobody_else_sells_nothing_is_filled() -> None:
    book = market(sell(1))

    assert endings(tell(book, buy(9, **SUBSTITUTE))) == [(9, "CANCELLED", "FOK")]


def test_an_explanation_passes_them_by_too() -> None:
    book = market(sell(1))

    assert book.explain(buy(9)).fills_at_limit_micros == YUAN
    assert book.explain(buy(9, **SUBSTITUTE)).fills_at_limit_micros is None


@pytest.mark.parametrize(
    ("more", "other"),
    [
        ({"time_in_force": "GTC"}, "time_in_force"),
        ({"splittable": True}, "splittable"),
        ({"requires": Requires(link_gbps=1), "city": "x"}, "link_gbps"),
    ],
)
def test_only_what_is_taken_at_once_from_one_site_passes_members_by(
    more: dict[str, Any], other: str
) -> None:
    [refused] = tell(market(sell(1)), buy(9, **SUBSTITUTE | more))

    assert isinstance(refused, Rejected)
    assert (refused.code, refused.field) == ("E-CONFLICT-01", "not_from")
    assert refused.facts == {"other": other}
