"""For each order: why it executes or not, at what limit it would have, what an hour more saves."""

from typing import Any

import pytest

from exchange.clearing.clearing import Config, clear
from exchange.clearing.explaining import Why, explain
from exchange.clearing.refusals import BookRefused

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


def why(document: Json, number: int) -> Why:
    return explain(document, clear(document, FEW), number)


def test_an_order_that_is_too_cheap_is_told_the_limit_that_would_do() -> None:
    told = why(book(block(limit_micros=2 * YUAN, latest=2)), 1)

    assert (told.executes, told.reason, told.surplus_micros) == (False, "PRICE", 0)
    assert told.limit_needed_micros == 3 * YUAN
    # In the third hour a device costs less.
    assert told.wider_saves_micros is not None
    assert told.wider_saves_micros > 0


def test_an_order_that_executes_is_told_its_gain_and_its_dearest_offer() -> None:
    told = why(book(block(limit_micros=4 * YUAN)), 1)

    assert (told.executes, told.reason, told.marginal_offer) == (True, "EXECUTES", 2)
    assert told.surplus_micros > 0
    assert told.wider_saves_micros == 0


def test_the_nearest_alternative_is_explained() -> None:
    far = {"kind": "BLOCK", "amount": 2, "limit_micros": 10_000, "hours": 1, "latest": 1}
    near = {**far, "limit_micros": 2 * YUAN}
    nowhere = {**far, "amount": 99}
    told = why(book({"order": 1, "alternatives": [nowhere, far, near]}), 1)

    assert (told.alternative, told.limit_micros) == (2, 2 * YUAN)


def test_a_curve_is_explained_by_its_first_step() -> None:
    curve = {"order": 1, "kind": "DIVISIBLE", "steps": [[20_000, 2], [10_000, 2]]}
    told = why(book({**curve, "latest": 1, "hours": 1}), 1)

    assert told.limit_micros == 20_000
    assert told.limit_needed_micros == 3 * YUAN


def test_compute_and_profiles_have_limits_by_pflops_hour() -> None:
    profile = {"kind": "PROFILE", "unit": "PFLOPS", "profile": [2_000_000, 1_000_000]}
    told = why(book({"order": 1, **profile, "limit_micros": 1}), 1)

    # Two devices and one, the cheaper place in the second and third hour: 2 x 3 + 1 x 1.
    assert told.limit_needed_micros is not None
    assert 2 * YUAN <= told.limit_needed_micros <= 3 * YUAN


def test_what_fits_nowhere_has_no_limit_that_would_do() -> None:
    told = why(book({"order": 1, "kind": "BLOCK", "amount": 99, "limit_micros": YUAN}), 1)

    assert told.reason == "NO_PLACE"
    assert told.limit_needed_micros is None
    assert told.wider_saves_micros is None


def test_a_link_belongs_to_the_cost() -> None:
    link = {"link": 1, "zone": "", "city": "c", "gbps": 9, "price_micros_per_gbps_hour": YUAN}
    nodes = [{"node": "n", "zone": "z"}]
    order = {
        "order": 1,
        "kind": "BLOCK",
        "amount": 1,
        "limit_micros": YUAN,
        "hours": 1,
        "latest": 1,
    }
    linked = {**order, "city": "c", "link_gbps": 2}
    told = why(book(linked, nodes=nodes, links=[{**link, "zone": "z"}]), 1)

    assert told.limit_needed_micros == 5 * YUAN


def test_an_order_that_is_not_in_the_book_is_refused() -> None:
    document = book()

    with pytest.raises(BookRefused):
        explain(document, clear(document, FEW), 7)
