"""A book that cannot be cleared is refused by the row and the field that are wrong."""

import json
from typing import Any

import pytest

from exchange.clearing.clearing import clear
from exchange.clearing.reading import book_of, read_book
from exchange.clearing.refusals import BookRefused

Json = dict[str, Any]


def book(**fields: Any) -> Json:
    return {
        "auction": "small",
        "hours": 4,
        "nodes": [{"node": "n"}],
        "offers": [{"offer": 1, "node": "n", "devices": 4, "ask_micros": 1_000_000}],
        "links": [{"link": 1, "zone": "z", "city": "c", "gbps": 10}],
        "orders": [{"order": 1, "kind": "BLOCK", "amount": 2, "limit_micros": 3_000_000}],
        **fields,
    }


def changed(table: str, **fields: Any) -> Json:
    whole = book()
    whole[table] = [{**whole[table][0], **fields}]
    return whole


def twice(table: str) -> Json:
    whole = book()
    return {**whole, table: whole[table] * 2}


def great(number: int) -> Json:
    amount, limit = 100_000_000_000, 1_000_000_000
    fields = {"kind": "BLOCK", "unit": "PFLOPS", "amount": amount, "limit_micros": limit}
    return {"order": number, **fields}


STEPS = {"amount": 0, "limit_micros": 0, "kind": "DIVISIBLE"}
WRONG: dict[str, tuple[Json, str]] = {
    "no hours": (book(hours=0), "hours"),
    "too many hours": (book(hours=801), "hours"),
    "VAT above the whole": (book(vat_bp=10_001), "vat_bp"),
    "no highest price": (book(price_most_micros=0), "price_most_micros"),
    "no nodes": (book(nodes=[], offers=[]), "nodes"),
    "an unknown field": (book(colour="red"), "colour"),
    "a number that is a text": (changed("offers", devices="four"), "devices"),
    "offers that are no list": (book(offers={"offer": 1}), "offers"),
    "orders that are no list": (book(orders=7), "orders"),
    "an offer that is no object": (book(offers=[7]), "offers"),
    "an order that is no object": (book(orders=["one"]), "orders"),
    "a bid that is no object": (book(orders=[{"order": 1, "alternatives": [7]}]), "alternatives"),
    "alternatives that are no list": (
        book(orders=[{"order": 1, "alternatives": 7}]),
        "alternatives",
    ),
    "two nodes of one name": (twice("nodes"), "node"),
    "two offers of one number": (twice("offers"), "offer"),
    "two links of one number": (twice("links"), "link"),
    "two orders of one number": (twice("orders"), "order"),
    "a node without a name": (changed("nodes", node=""), "node"),
    "a node of negative memory": (changed("nodes", memory_gb=-1), "memory_gb"),
    "a chip of no speed": (changed("nodes", gflops={"TRAINING": 0}), "gflops"),
    "a negative round trip": (changed("nodes", rtt_us={"c": -1}), "rtt_us"),
    "an offer in no node": (changed("offers", node="m"), "node"),
    "an offer outside the hours": (changed("offers", first_hour=4), "first_hour"),
    "an offer beyond the hours": (changed("offers", first_hour=3, hours=2), "hours"),
    "an ask off the tick": (changed("offers", ask_micros=1_000_001), "ask_micros"),
    "no devices": (changed("offers", devices=0), "devices"),
    "steps beside an ask": (changed("offers", steps=[[1_000_000, 1]]), "steps"),
    "asks that fall": (
        changed("offers", devices=0, ask_micros=0, steps=[[20_000, 1], [10_000, 1]]),
        "steps",
    ),
    "a share above the whole": (changed("offers", min_sold_bp=10_001), "min_sold_bp"),
    "a smallest part of none": (changed("offers", min_devices=0), "min_devices"),
    "offers beyond all money": (
        changed("offers", devices=1_000_000, ask_micros=1_000_000_000, start_up_micros=10**18),
        "offers",
    ),
    "a link to nowhere": (changed("links", city=""), "city"),
    "a link with an arrow in its name": (changed("links", zone="a>b"), "zone"),
    "a link without width": (changed("links", gbps=0), "gbps"),
    "a parent that is not there": (changed("orders", parent=9), "parent"),
    "its own parent": (changed("orders", parent=1), "parent"),
    "a negative budget": (changed("orders", budget_micros=-1), "budget_micros"),
    "no alternatives": (book(orders=[{"order": 1, "alternatives": []}]), "alternatives"),
    "an unknown kind": (changed("orders", kind="SWAP"), "kind"),
    "a window that is too short": (changed("orders", hours=3, earliest=2), "latest"),
    "a window that begins too late": (changed("orders", earliest=4), "earliest"),
    "a profile of a block": (changed("orders", profile=[1, 2]), "profile"),
    "a profile beside an amount": (
        changed("orders", kind="PROFILE", profile=[1, 2]),
        "profile",
    ),
    "a profile of nothing": (
        changed("orders", kind="PROFILE", profile=[0, 0], amount=0),
        "profile",
    ),
    "a profile below nothing": (
        changed("orders", kind="PROFILE", profile=[1, -1], amount=0),
        "profile",
    ),
    "steps of a block": (changed("orders", steps=[[3_000_000, 1]]), "steps"),
    "limits that rise": (
        changed("orders", **STEPS, steps=[[1_000_000, 1], [2_000_000, 1]]),
        "steps",
    ),
    "a limit off the tick": (changed("orders", limit_micros=3_000_001), "limit_micros"),
    "an amount of nothing": (changed("orders", amount=0), "amount"),
    "a link without a city": (changed("orders", link_gbps=1), "city"),
    "a link of a divisible order": (
        changed("orders", kind="DIVISIBLE", link_gbps=1, city="c"),
        "link_gbps",
    ),
    "data of a divisible order": (
        changed("orders", kind="DIVISIBLE", move_gb=1, city="c"),
        "move_gb",
    ),
    "a minimum fill of a block": (changed("orders", min_fill_bp=1), "min_fill_bp"),
    "a ceiling of a block": (
        changed("orders", requires={"max_pue_thousandths": 1_200}),
        "max_pue_thousandths",
    ),
    "carbon of a block": (
        changed("orders", requires={"max_carbon_g_per_kwh": 100}),
        "max_carbon_g_per_kwh",
    ),
    "orders beyond all money": (book(orders=[great(number) for number in range(3_000)]), "orders"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_its_field(name: str) -> None:
    document, field = WRONG[name]

    with pytest.raises(BookRefused) as refused:
        clear(document)

    assert field in refused.value.field
    assert str(refused.value)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BookRefused):
        read_book(b"{")
    with pytest.raises(BookRefused):
        book_of(7)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.clearing.checking.MOST_ROWS", 1)

    with pytest.raises(BookRefused, match="more than 1 rows"):
        clear(book(nodes=[{"node": "n"}, {"node": "m"}]))


def test_what_is_left_out_is_the_whole_auction() -> None:
    read = read_book(json.dumps(book()).encode())

    assert (read.offers[0].first_hour, read.offers[0].end, read.offers[0].arrival) == (0, 4, 1)
    assert (read.links[0].end, read.links[0].price_micros_per_gbps_hour) == (4, 0)
    assert read.orders[0].alternatives[0].hours == 4


def test_rows_are_sorted_whatever_their_order() -> None:
    offers = [
        {"offer": number, "node": "n", "devices": 1, "ask_micros": 10_000} for number in (3, 1, 2)
    ]

    assert [offer.offer for offer in book_of(book(offers=offers)).offers] == [1, 2, 3]
