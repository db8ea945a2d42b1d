"""Each way to spoil a good outcome is found, by the code that names it."""

from collections.abc import Callable
from typing import Any

import pytest

from exchange.verifying import Finding, verify
from tests.golden.complete_auction import sealed
from tests.unit.exchange.verifying.stage import Json, good

Spoil = Callable[[Json, Json], Any]


def put(*path: Any) -> Spoil:
    """Return a fault that sets the outcome's value at a path, its last part, to something else."""
    *steps, last, value = path

    def spoil(_book: Json, outcome: Json) -> None:
        found: Any = outcome
        for step in steps:
            found = found[step]
        found[last] = value

    return spoil


def asked(row: int, **fields: Any) -> Spoil:
    """Return a fault by which the book had asked something else of an order."""
    return lambda book, _: book["orders"][row].update(fields)


def offered(row: int, **fields: Any) -> Spoil:
    return lambda book, _: book["offers"][row].update(fields)


def linked(row: int, **fields: Any) -> Spoil:
    return lambda book, _: book["links"][row].update(fields)


def both(*spoils: Spoil) -> Spoil:
    return lambda book, outcome: [spoil(book, outcome) for spoil in spoils]


def rects(row: int, field: str, at: int, **fields: Any) -> Spoil:
    return lambda _, outcome: outcome["accepted"][row][field][at].update(fields)


def everywhere(row: int, at: int, **fields: Any) -> Spoil:
    return both(rects(row, "placed", at, **fields), rects(row, "sold_by", at, **fields))


def dropped(*path: Any) -> Spoil:
    *steps, last = path

    def spoil(_book: Json, outcome: Json) -> None:
        found: Any = outcome
        for step in steps:
            found = found[step]
        del found[last]

    return spoil


FAULTS: dict[str, tuple[str, Spoil]] = {
    "an order is told twice": (
        "ONCE",
        lambda _, o: o["rejected"].append({**o["rejected"][0], "order": 1}),
    ),
    "an order is not told": ("ONCE", dropped("rejected", 0)),
    "a child executes without its parent": ("PARENT", dropped("accepted", 3)),
    "the place fails its chip": ("PLACE", asked(0, requires={"chips_allowed": ["E"]})),
    "the place fails its memory": ("PLACE", asked(0, requires={"min_memory_gb": 80})),
    "the place fails its bandwidth": ("PLACE", asked(0, requires={"min_scale_out_gbps": 1})),
    "the place is too far": ("PLACE", asked(0, requires={"max_rtt_us": 10_000})),
    "the place fails its family": ("PLACE", asked(0, requires={"families_excluded": [""]})),
    "the place fails its stack": ("PLACE", asked(0, requires={"stack": "CANN"})),
    "the place fails its firmness": ("PLACE", asked(0, requires={"firmness": ["FIRM"]})),
    "the place fails its scale-up": ("PLACE", asked(0, requires={"min_scale_up_gbs": 900})),
    "the place fails its zone": ("PLACE", asked(0, requires={"zones_allowed": ["e"]})),
    "nobody rated the work": ("PLACE", asked(3, workload_class="INFERENCE")),
    "a block outside its window": ("WINDOW", everywhere(0, 0, first_hour=2)),
    "a profile whose pause is outside its window": (
        "WINDOW",
        asked(3, profile=[0, 0, 2_700_000, 1_800_000]),
    ),
    "a block is cut short": ("ALL_OR_NONE", dropped("accepted", 0, "placed", 1)),
    "a block is placed nowhere": ("ALL_OR_NONE", put("accepted", 0, "placed", [])),
    "a linked block is placed nowhere": ("CARRIED", put("accepted", 0, "placed", [])),
    "a block has a device less": ("DEVICES", everywhere(0, 0, devices=2)),
    "a profile is not rounded up": ("DEVICES", everywhere(3, 0, devices=2)),
    "a block is spread over nodes": ("ONE_NODE", rects(0, "placed", 0, node="east")),
    "a gang hands over": (
        "GANG",
        lambda _, o: o["accepted"][1].update(
            sold_by=[
                {"offer": 2, "devices": 3, "first_hour": 1, "hours": 1},
                {"offer": 1, "devices": 3, "first_hour": 1, "hours": 1},
            ]
        ),
    ),
    "a gang's offer is not named": ("GANG", rects(1, "placed", 0, offer=None)),
    "a block names an offer": ("GANG", rects(0, "placed", 0, offer=1)),
    "a gang's site is above its ceiling": (
        "CEILING",
        asked(1, requires={"max_pue_thousandths": 1200}),
    ),
    "a divisible order has half a node": (
        "WHOLE_NODES",
        lambda book, _: book["nodes"][0].update(devices_per_node=2),
    ),
    "a divisible order has a device too many": ("OVERSHOOT", everywhere(2, 0, devices=4)),
    "a divisible order has an hour too many": (
        "OVERSHOOT",
        both(asked(2, latest=2), everywhere(2, 0, hours=2)),
    ),
    "a part is below its minimum": ("MIN_FILL", asked(2, steps=[[4_000_000, 2], [3_000_000, 4]])),
    "offers do not add up": ("SOLD", rects(0, "sold_by", 0, devices=2)),
    "a link carries too little": ("CARRIED", rects(0, "carried_by", 0, gbps=4)),
    "a link for nobody": (
        "CARRIED",
        lambda _, o: o["accepted"][4].update(carried_by=o["accepted"][0]["carried_by"]),
    ),
    "no link leads there": ("NO_LINK", asked(0, city="k")),
    "no link leads there, and data would move": ("NO_LINK", asked(0, city="k", link_gbps=0)),
    "an offer is oversold": ("OVERSOLD", offered(0, devices=2)),
    "an offer is sold before its window": ("OFFER_WINDOW", offered(0, first_hour=1)),
    "an offer below its smallest part": ("MIN_DEVICES", offered(0, min_devices=3)),
    "an offer below its ask": ("SELLER_LOSS", put("prices", "west", 0, 990_000)),
    "the dearer step below its ask": ("SELLER_LOSS", put("prices", "west", 1, 2_490_000)),
    "a block offer sold in part": ("MIN_SOLD", offered(2, min_sold_bp=5000)),
    "a start-up that is not earned": ("START_UP", offered(2, start_up_micros=4_010_000)),
    "a closed offer is not told": ("CLOSED", put("closed_offers", [])),
    "a sold offer is told closed": ("CLOSED", put("closed_offers", [3, 5])),
    "a link is overfull": ("LINK_FULL", linked(0, gbps=4)),
    "a link after its window": ("LINK_WINDOW", linked(0, hours=1)),
    "a link below its price": ("LINK_LOSS", put("link_prices", "w>s", 0, 0)),
    "a dearer link is used first": ("LINK_MERIT", rects(0, "carried_by", 0, link=2)),
    "a dearer offer is used first": ("MERIT", rects(4, "sold_by", 0, offer=2)),
    "a dirtier offer is used first": ("MERIT", offered(0, carbon_g_per_kwh=100)),
    "equal offers do not share": (
        "MERIT_TIE",
        both(rects(4, "sold_by", 0, offer=1), rects(4, "sold_by", 1, offer=1)),
    ),
    "a buyer above the limit": ("BUYER_LOSS", asked(0, limit_micros=1_000_000)),
    "a buyer above the budget": ("BUDGET", asked(4, budget_micros=2_110_000)),
    "a value is embellished": ("VALUE", put("accepted", 0, "value_micros", 36_000_001)),
    "a payment is a micro off": ("PAYMENT", put("accepted", 0, "pays_micros", 10_699_999)),
    "a link's payment is a micro off": (
        "LINK_PAYMENT",
        put("accepted", 0, "link_pays_micros", 200_001),
    ),
    "a price is off the tick": ("TICK", put("prices", "west", 0, 1_005_000)),
    "a price is above the highest": ("PRICE_MOST", put("prices", "west", 3, 50_010_000)),
    "an untraded price is made up": ("UNTRADED", put("prices", "west", 2, 1_010_000)),
    "a price where nothing stands": (
        "UNTRADED",
        both(linked(1, hours=2), put("link_prices", "w>s", 3, 10_000)),
    ),
    "the welfare is a micro off": ("WELFARE", put("welfare_micros", 96_300_001)),
    "the bound is a micro off": ("BOUND", put("bound_micros", 123_799_999)),
    "the bound at the prices is a micro off": (
        "BOUND_AT_PRICES",
        put("bound_at_prices_micros", 123_800_001),
    ),
    "a dual price is changed": ("BOUND", put("duals", "west", 0, 1_000_001)),
    "more welfare than can be": (
        "ABOVE_BOUND",
        lambda _, o: o["accepted"].extend(o["accepted"][:4] * 2),
    ),
    "a lost surplus is hidden": ("LOST_SURPLUS", put("rejected", 1, "lost_surplus_micros", 0)),
    "a reason is made up": ("REASON", put("rejected", 1, "reason", "PRICE")),
    "rejections in the money are hidden": ("IN_THE_MONEY", put("rejected_in_the_money", 1)),
    "the outcome is of another auction": ("AUCTION", put("auction", "another")),
    "an unknown order is accepted": ("UNREADABLE", put("accepted", 0, "order", 99)),
    "a price is missing": ("UNREADABLE", dropped("prices", "west", 0)),
}


def found(book: Json, outcome: Json) -> set[str]:
    return {finding.code for finding in verify(book, outcome)}


def test_nothing_is_wrong_before_a_fault_is_planted() -> None:
    assert verify(*good()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_found(fault: str) -> None:
    code, spoil = FAULTS[fault]
    book, outcome = good()

    spoil(book, outcome)

    assert code in found(book, sealed(book, outcome))


@pytest.mark.parametrize("file", ["book", "outcome"])
def test_a_changed_file_has_another_hash(file: str) -> None:
    book, outcome = good()

    (book if file == "book" else outcome)["auction"] = "a changed day"

    assert "HASH" in found(book, outcome)


def test_a_finding_names_its_row_and_says_a_sentence() -> None:
    book, outcome = good()
    outcome["accepted"][0]["value_micros"] += 1

    expected = "value_micros says 36000001, it is 36000000"
    assert verify(book, sealed(book, outcome)) == [Finding("VALUE", "order 1", expected)]
