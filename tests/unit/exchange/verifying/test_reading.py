"""A book or outcome that the format refuses is named by row and field, never guessed at."""

import copy
from typing import Any

import pytest

from exchange.verifying import Unreadable, verify
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from tests.unit.exchange.verifying.stage import good

SMALLEST: dict[str, Any] = {
    "auction": "by hand",
    "hours": 1,
    "nodes": [{"node": "n"}],
    "offers": [{"offer": 1, "node": "n", "devices": 4, "ask_micros": 1_000_000}],
    "links": [{"link": 1, "zone": "", "city": "s", "gbps": 1}],
    "orders": [{"order": 1, "kind": "BLOCK", "amount": 2, "limit_micros": 2_000_000}],
}

REFUSED: dict[str, tuple[str, int | None, dict[str, Any], str]] = {
    "no hours": ("", None, {"hours": 0}, "hours"),
    "a fraction": ("", None, {"hours": 1.5}, "hours"),
    "a truth value": ("", None, {"hours": True}, "hours"),
    "an unknown field": ("", None, {"colour": 1}, "colour"),
    "no name": ("", None, {"auction": None}, "auction"),
    "nodes that are no list": ("", None, {"nodes": {}}, "nodes"),
    "a node that is no object": ("", None, {"nodes": [1]}, ""),
    "a node twice": ("", None, {"nodes": [{"node": "n"}] * 2}, "node"),
    "a rating of zero": ("nodes", 0, {"gflops": {"TRAINING": 0}}, "TRAINING"),
    "an unknown node": ("offers", 0, {"node": "m"}, "node"),
    "an ask off the tick": ("offers", 0, {"ask_micros": 1_000_001}, "ask_micros"),
    "an ask of nothing": ("offers", 0, {"ask_micros": 0}, "ask_micros"),
    "asks that fall": ("offers", 0, {"steps": [[20_000, 1], [10_000, 1]]}, "steps"),
    "a step of one number": ("offers", 0, {"steps": [[20_000]]}, "steps"),
    "a window beyond the auction": ("offers", 0, {"hours": 2}, "hours"),
    "two lists of texts": ("orders", 0, {"requires": {"firmness": [1]}}, "firmness"),
    "an unknown kind": ("orders", 0, {"kind": "ICEBERG"}, "kind"),
    "a ring of parents": ("orders", 0, {"parent": 1}, "parent"),
    "an unknown parent": ("orders", 0, {"parent": 7}, "parent"),
    "no alternative": ("orders", 0, {"alternatives": []}, "kind"),
    "a profile in a block": ("orders", 0, {"profile": [1]}, "profile"),
    "an empty profile": ("orders", 0, {"kind": "PROFILE", "profile": [0]}, "profile"),
    "a profile longer than its window": (
        "orders",
        0,
        {"kind": "PROFILE", "profile": [1, 1]},
        "profile",
    ),
    "steps in a block": ("orders", 0, {"steps": [[20_000, 1]]}, "steps"),
    "limits that rise": (
        "orders",
        0,
        {"kind": "DIVISIBLE", "steps": [[10_000, 1], [20_000, 1]]},
        "steps",
    ),
    "a link without a city": ("orders", 0, {"link_gbps": 1}, "link_gbps"),
    "a link for a divisible order": (
        "orders",
        0,
        {"kind": "DIVISIBLE", "link_gbps": 1, "city": "s"},
        "link_gbps",
    ),
    "a ceiling for a block": (
        "orders",
        0,
        {"requires": {"max_pue_thousandths": 1200}},
        "max_pue_thousandths",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_book_names_the_field(name: str) -> None:
    where, at, change, field = REFUSED[name]
    book = copy.deepcopy(SMALLEST)
    (book[where][at] if at is not None else book).update(change)
    if "profile" in change or "steps" in change:
        for given in ("amount", "ask_micros", "devices", "hours"):
            (book[where][at or 0]).pop(given, None)

    with pytest.raises(Unreadable) as refused:
        read_book(book)

    assert refused.value.field == field


def test_an_empty_list_of_alternatives_is_no_order() -> None:
    book = copy.deepcopy(SMALLEST)
    book["orders"] = [{"order": 1, "alternatives": []}]

    with pytest.raises(Unreadable, match="at least one"):
        read_book(book)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accepted", [{"order": 1, "placed": [{"node": "north", "devices": 1, "first_hour": 0}]}]),
        (
            "accepted",
            [
                {
                    "order": 1,
                    "placed": [{"node": "west", "offer": 77, "devices": 1, "first_hour": 0}],
                }
            ],
        ),
        ("accepted", [{"order": 1, "sold_by": [{"offer": 77}]}]),
        ("prices", {"west": [0] * 4, "east": [0] * 4, "north": [0] * 4}),
        ("prices", []),
        ("rejected", [{"order": 6, "reason": "BECAUSE"}]),
        ("format", 2),
    ],
)
def test_an_outcome_that_names_what_is_not_there_is_refused(field: str, value: object) -> None:
    book, outcome = good()
    outcome[field] = value

    with pytest.raises(Unreadable):
        read_outcome(outcome, read_book(book))
    assert [finding.code for finding in verify(book, outcome)] == ["UNREADABLE"]


def test_a_book_of_a_dozen_lines_has_every_default() -> None:
    book = read_book(SMALLEST)

    assert (book.vat_bp, book.price_most_micros) == (600, 50_000_000)
    assert book.offers[0].hours == 1
    assert book.offers[0].min_devices == 1
    assert book.orders[0].bids[0].hours == 1
    assert not book.offers[0].block
