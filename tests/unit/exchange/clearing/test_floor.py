"""What stands on the floor: orders come and go, and leave nothing behind."""

from typing import Any

import numpy as np
import pytest

from exchange.clearing.arrays import arrays_of
from exchange.clearing.clearing import CONFIGS, METHODS, Method, clear
from exchange.clearing.placing import LENIENT, Floor
from exchange.clearing.pricing import price
from exchange.clearing.reading import book_of
from exchange.verifying import verify

YUAN = 1_000_000
LINK = {"link": 1, "zone": "east", "city": "city", "gbps": 2, "price_micros_per_gbps_hour": 10_000}


def book(*orders: dict[str, Any], **offer: Any) -> dict[str, Any]:
    offered = {"offer": 1, "node": "n", "devices": 4, "ask_micros": YUAN, **offer}
    return {
        "auction": "floor",
        "hours": 1,
        "nodes": [{"node": "n"}],
        "offers": [offered],
        "orders": list(orders),
    }


def test_what_is_dropped_twice_leaves_nothing_behind() -> None:
    parent = {"order": 1, "kind": "BLOCK", "amount": 2, "limit_micros": 3 * YUAN}
    arrays = arrays_of(book_of(book(parent, {**parent, "order": 2, "parent": 1})))
    floor = Floor(arrays, np.zeros(1, bool), seed=1)
    floor.look(np.array([YUAN]), LENIENT)
    floor.place(np.array([1, 0]))
    assert floor.board.load.tolist() == [4]

    floor.drop(0)
    floor.drop(1)

    assert floor.board.load.tolist() == [0]
    assert floor.board.children.tolist() == [0, 0]
    assert len(floor.positions().cell) == 0


def test_a_gang_below_an_offers_smallest_part_gives_way() -> None:
    document = book(
        {"order": 1, "kind": "GANG", "amount": 2, "limit_micros": 3 * YUAN}, min_devices=3
    )

    outcome = clear(document)

    assert outcome["accepted"] == []
    assert verify(document, outcome) == []


def test_a_smallest_part_is_reached_by_what_a_cheaper_offer_can_spare() -> None:
    document = book({"order": 1, "kind": "BLOCK", "amount": 6, "limit_micros": 3 * YUAN})
    dearer = {"offer": 2, "node": "n", "devices": 4, "ask_micros": 2 * YUAN, "min_devices": 3}
    document["offers"].append(dearer)

    outcome = clear(document)

    sold = {row["offer"]: row["devices"] for row in outcome["accepted"][0]["sold_by"]}
    assert sold == {1: 3, 2: 3}
    assert verify(document, outcome) == []


def sold_of_a_block(devices: int, *offers: dict[str, Any]) -> dict[int, int]:
    """Clear a block over offers of four devices each, and return what each of them sells."""
    document = book({"order": 1, "kind": "BLOCK", "amount": devices, "limit_micros": 9 * YUAN})
    document["offers"] = [
        {"offer": number, "node": "n", "devices": 4, **offer}
        for number, offer in enumerate(offers, 1)
    ]
    outcome = clear(document)
    assert verify(document, outcome) == []
    return {row["offer"]: row["devices"] for row in outcome["accepted"][0]["sold_by"]}


def test_what_a_smallest_part_takes_is_taken_of_the_dearest_first() -> None:
    sold = sold_of_a_block(
        9,
        {"ask_micros": YUAN},
        {"ask_micros": 2 * YUAN},
        {"ask_micros": 3 * YUAN, "min_devices": 4},
    )

    assert sold == {1: 4, 2: 1, 3: 4}


def test_equal_offers_share_what_a_smallest_part_leaves_them() -> None:
    sold = sold_of_a_block(
        9,
        {"ask_micros": YUAN},
        {"ask_micros": YUAN},
        {"ask_micros": 3 * YUAN, "min_devices": 4},
    )

    assert sold == {1: 3, 2: 2, 3: 4}


def test_a_smallest_part_among_equal_offers_is_left_out_where_it_is_too_large() -> None:
    sold = sold_of_a_block(
        3,
        {"ask_micros": YUAN, "min_devices": 4},
        {"ask_micros": 2 * YUAN, "min_devices": 2},
        {"ask_micros": 2 * YUAN},
    )

    assert sold == {2: 2, 3: 1}


@pytest.mark.parametrize("kind", ["BLOCK", "GANG"])
def test_orders_give_way_when_their_offer_closes(kind: str) -> None:
    order = {"order": 1, "kind": kind, "amount": 2, "limit_micros": 3 * YUAN}
    arrays = arrays_of(book_of(book(order, {**order, "order": 2}, start_up_micros=YUAN)))
    floor = Floor(arrays, np.zeros(1, bool), seed=1)
    floor.look(np.array([2 * YUAN]), LENIENT)
    floor.place(np.array([0, 1]))
    assert floor.board.load.tolist() == [4]

    floor.close([0])

    assert floor.board.load.tolist() == [0]


def test_prices_rise_as_often_as_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.clearing.lifting.LIFTS", 1)
    order = {"kind": "BLOCK", "amount": 4}
    document = book(
        {**order, "order": 1, "limit_micros": 4 * YUAN},
        {**order, "order": 2, "limit_micros": 3 * YUAN},
    )

    # At first every hour has the ask as its price.
    outcome = clear(document, CONFIGS["greedy"])

    assert outcome["prices"]["n"][0] > YUAN
    assert verify(document, outcome) == []


DIVISIBLE = {"kind": "DIVISIBLE", "min_fill_bp": 10_000}


def test_a_price_rises_to_the_limit_of_a_divisible_order_that_finds_no_room() -> None:
    document = book(
        {"order": 1, "kind": "BLOCK", "amount": 4, "limit_micros": 4 * YUAN},
        {"order": 2, **DIVISIBLE, "amount": 3, "limit_micros": 3 * YUAN},
    )

    # At first every hour has the ask as its price.
    outcome = clear(document, CONFIGS["greedy"])

    assert [line["order"] for line in outcome["accepted"]] == [1]
    assert 3 * YUAN <= outcome["prices"]["n"][0] <= 4 * YUAN
    assert [line["reason"] for line in outcome["rejected"]] == ["PRICE"]
    assert verify(document, outcome) == []


def test_cells_of_a_place_rise_by_an_even_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stands in one hour of two pays half of what is missing, and not all of it."""
    monkeypatch.setattr("exchange.clearing.lifting.LIFTS", 1)
    document = book(
        {"order": 1, "kind": "BLOCK", "amount": 4, "limit_micros": 9 * YUAN, "latest": 1},
        {"order": 2, "kind": "BLOCK", "amount": 4, "limit_micros": 9 * YUAN, "earliest": 1},
        {"order": 3, "kind": "BLOCK", "amount": 4, "limit_micros": 3 * YUAN, "hours": 2},
    )
    document["hours"] = 2
    for order in document["orders"][:2]:
        order["hours"] = 1

    # At first every hour has the ask as its price.
    outcome = clear(document, CONFIGS["greedy"])

    first, second = outcome["prices"]["n"]
    assert first + second >= 6 * YUAN
    assert abs(first - second) <= YUAN
    assert verify(document, outcome) == []


def two_hours(*orders: dict[str, Any]) -> dict[str, Any]:
    rows = [{"order": number, **order} for number, order in enumerate(orders, 1)]
    return book(*rows) | {"hours": 2}


ONE_HOUR = {"kind": "BLOCK", "amount": 4, "hours": 1}
NEARLY = YUAN + 10_000  # a tick above the ask


@pytest.mark.parametrize(
    "waiting",
    [
        {"kind": "BLOCK", "amount": 2, "limit_micros": 3 * YUAN, "hours": 2},
        {**DIVISIBLE, "amount": 2, "limit_micros": 3 * YUAN, "hours": 2},
    ],
)
def test_no_price_rises_in_vain(waiting: dict[str, Any]) -> None:
    """Who stands in the second hour can pay no more: the order stays in the money all the same."""
    document = two_hours(
        {**ONE_HOUR, "limit_micros": 4 * YUAN, "latest": 1},
        {**ONE_HOUR, "limit_micros": NEARLY, "earliest": 1},
        waiting,
    )

    outcome = clear(document, CONFIGS["greedy"])

    assert [line["order"] for line in outcome["accepted"]] == [1, 2]
    assert outcome["prices"]["n"] == [YUAN, YUAN]
    assert outcome["rejected_in_the_money"] == 1
    assert verify(document, outcome) == []


def test_where_nothing_is_traded_the_dual_counts_whatever_prices_were_before() -> None:
    document = two_hours({**ONE_HOUR, "limit_micros": 9 * YUAN, "latest": 1})
    floor = Floor(arrays_of(book_of(document)), np.zeros(1, bool), seed=1)
    duals = np.array([YUAN, 2 * YUAN])
    floor.look(duals, LENIENT)
    floor.place(np.array([0]))

    priced = price(floor, duals, near=np.array([3 * YUAN, 5 * YUAN]), most=1)

    assert priced.prices.tolist() == [3 * YUAN, 2 * YUAN]


def test_what_one_hour_cannot_bear_another_does() -> None:
    document = two_hours(
        {**ONE_HOUR, "limit_micros": 9 * YUAN, "latest": 1},
        {**ONE_HOUR, "limit_micros": NEARLY, "earliest": 1},
        {"kind": "BLOCK", "amount": 2, "limit_micros": 3 * YUAN, "hours": 2},
    )

    outcome = clear(document, CONFIGS["greedy"])

    first, second = outcome["prices"]["n"]
    assert second <= NEARLY
    assert first + second >= 6 * YUAN
    assert outcome["rejected_in_the_money"] == 0
    assert verify(document, outcome) == []


def test_a_gang_without_ceilings_takes_any_site() -> None:
    order = {"order": 1, "kind": "GANG", "amount": 2, "limit_micros": 3 * YUAN}
    document = book(order, pue_thousandths=20_000, carbon_g_per_kwh=20_000)

    outcome = clear(document)

    assert [one["order"] for one in outcome["accepted"]] == [1]
    assert verify(document, outcome) == []


@pytest.mark.parametrize(("amount", "served"), [(4, [1]), (5, [])])
def test_an_offer_with_fewer_devices_than_its_smallest_part_sells_nothing(
    amount: int, served: list[int]
) -> None:
    """However cheap it is; and the clearing ends."""
    document = book({"order": 1, "kind": "BLOCK", "amount": amount, "limit_micros": 3 * YUAN})
    never = {"offer": 2, "node": "n", "devices": 1, "ask_micros": YUAN // 2, "min_devices": 3}
    document["offers"].append(never)

    outcome = clear(document)

    assert [row["order"] for row in outcome["accepted"]] == served
    assert verify(document, outcome) == []


def test_a_profile_holds_its_link_also_in_hours_without_devices() -> None:
    """So the bound counts it there, too."""
    profile = {
        "order": 1, "kind": "PROFILE", "profile": [0, 1], "limit_micros": YUAN,
        "city": "city", "link_gbps": 2,
    }  # fmt: skip
    document = book(profile) | {"hours": 2, "links": [LINK]}
    document["offers"] = [
        {"offer": 1, "node": "n", "devices": 1, "ask_micros": 10_000, "first_hour": 1}
    ]
    document["nodes"] = [{"node": "n", "zone": "east"}]

    outcome = clear(document)

    assert verify(document, outcome) == []
    assert outcome["accepted"][0]["carried_by"][0]["hours"] == 2


@pytest.mark.parametrize("method", METHODS)
def test_every_way_to_clear_serves_orders_of_two_zones(method: Method) -> None:
    orders = [
        {"order": number, "kind": "BLOCK", "amount": 3, "limit_micros": 3 * YUAN}
        for number in (1, 2)
    ]
    document = book(*orders)
    document["nodes"] = [{"node": "n", "zone": "east"}, {"node": "m", "zone": "west"}]
    document["offers"].append({"offer": 2, "node": "m", "devices": 4, "ask_micros": YUAN})

    outcome = clear(document, CONFIGS[method])

    assert [row["order"] for row in outcome["accepted"]] == [1, 2]
    assert verify(document, outcome) == []
