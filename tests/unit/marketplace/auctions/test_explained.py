"""For each order: why it executes or not, at what limit it would have, what an hour more saves."""

import json
from typing import Any

import pytest

from exchange.clearing.clearing import Config, clear
from exchange.verifying.case import Case
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from marketplace.domain.auctions.explained import Explained, explained

Json = dict[str, Any]
YUAN = 1_000_000
FEW = Config(search_steps=200)


def book(*orders: Json, **fields: Any) -> Json:
    return {
        "auction": "explained",
        "hours": 3,
        "nodes": [{"node": "n"}],
        "offers": [
            {"offer": 1, "node": "n", "devices": 4, "ask_micros": 3 * YUAN},
            {"offer": 2, "node": "n", "devices": 4, "ask_micros": YUAN, "first_hour": 2},
        ],
        "orders": list(orders),
        **fields,
    }


def block(**fields: Any) -> Json:
    return {"order": 1, "kind": "BLOCK", "amount": 2, "hours": 1, **fields}


def why(document: Json, number: int = 1) -> Explained:
    outcome = json.loads(json.dumps(clear(document, FEW)))
    read = read_book(document)
    return explained(Case(read, read_outcome(outcome, read)), number)


def test_an_order_that_is_too_cheap_is_told_the_limit_that_would_do() -> None:
    told = why(book(block(limit_micros=2 * YUAN, latest=2)))

    assert (told.fate.reason, told.fate.gained_micros) == ("PRICE", 0)
    assert told.yes.limit_micros == 3 * YUAN
    # In the third hour a device costs less.
    assert told.yes.wider_saves_micros is not None
    assert told.yes.wider_saves_micros > 0


def test_an_order_that_executes_is_told_its_gain_and_its_dearest_offer() -> None:
    told = why(book(block(limit_micros=4 * YUAN)))

    assert (told.fate.executes, told.dearest_offer) == (True, 2)
    assert told.fate.gained_micros > 0
    assert told.yes.wider_saves_micros == 0


def test_the_nearest_alternative_is_explained() -> None:
    far = {"kind": "BLOCK", "amount": 2, "limit_micros": 10_000, "hours": 1, "latest": 1}
    near = {**far, "limit_micros": 2 * YUAN}
    nowhere = {**far, "amount": 99}

    assert why(book({"order": 1, "alternatives": [nowhere, far, near]})).limit_micros == 2 * YUAN


def test_a_curve_is_explained_by_its_first_step() -> None:
    curve = {"order": 1, "kind": "DIVISIBLE", "steps": [[20_000, 2], [10_000, 2]]}
    told = why(book({**curve, "latest": 1, "hours": 1}))

    assert (told.limit_micros, told.yes.limit_micros) == (20_000, 3 * YUAN)


def test_compute_and_profiles_have_limits_by_pflops_hour() -> None:
    profile = {"kind": "PROFILE", "unit": "PFLOPS", "profile": [2_000_000, 1_000_000]}
    told = why(book({"order": 1, **profile, "limit_micros": 1}))

    # Two devices and one, the cheaper place in the second and third hour: 2 x 3 + 1 x 1.
    assert told.yes.limit_micros is not None
    assert 2 * YUAN <= told.yes.limit_micros <= 3 * YUAN


def test_what_fits_nowhere_has_no_limit_that_would_do() -> None:
    told = why(book({"order": 1, "kind": "BLOCK", "amount": 99, "limit_micros": YUAN}))

    assert told.fate.reason == "NO_PLACE"
    assert (told.yes.limit_micros, told.yes.wider_saves_micros) == (None, None)
    assert told.dearest_offer is None


def test_a_link_belongs_to_the_cost() -> None:
    link = {"link": 1, "zone": "z", "city": "c", "gbps": 9, "price_micros_per_gbps_hour": YUAN}
    asked = block(amount=1, limit_micros=YUAN, latest=1, city="c", link_gbps=2)
    told = why(book(asked, nodes=[{"node": "n", "zone": "z"}], links=[link]))

    assert told.yes.limit_micros == 5 * YUAN


def test_an_order_that_is_not_in_the_book_is_not_explained() -> None:
    with pytest.raises(KeyError):
        why(book(), 7)
