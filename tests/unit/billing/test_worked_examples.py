"""Worked examples for an accountant: price and meter in, every line of money out.

`delivered` is device-seconds of each hour; 8 devices for an hour are 28,800. All amounts are
yuan with six places, before the rounding to fen on the invoice. Unless said otherwise: VAT 6 %,
fee 1.5 %, guarantee 97 %, damages 150 % of the price of what is missing below it, at most 20 %
of the hour's price.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from billing.domain.rating import charge_of
from tests.unit.billing.terms import metered, priced


@dataclass(frozen=True)
class Example:
    """One agreement's delivery and the money that follows."""

    title: str
    price: str
    devices: int
    delivered: list[int]
    value: str
    vat: str
    fee: str
    fee_vat: str
    damages: str
    facts: dict[str, Any] = field(default_factory=dict)


EXAMPLES = [
    Example(
        "everything delivered",
        "1.85",
        8,
        [28800, 28800],
        "29.600000",
        "1.776000",
        "0.444000",
        "0.026640",
        "0.000000",
    ),
    Example(
        "half of both hours delivered",
        "1.85",
        8,
        [14400, 14400],
        "14.800000",
        "0.888000",
        "0.222000",
        "0.013320",
        "5.920000",
    ),
    Example(
        "one hour of two delivered",
        "1.85",
        8,
        [28800, 0],
        "14.800000",
        "0.888000",
        "0.222000",
        "0.013320",
        "2.960000",
    ),
    Example(
        "nothing delivered",
        "1.85",
        8,
        [0, 0],
        "0.000000",
        "0.000000",
        "0.000000",
        "0.000000",
        "5.920000",
    ),
    Example(
        "a shortfall within the guarantee of 97 %",
        "1.85",
        8,
        [27936, 28800],
        "29.156000",
        "1.749360",
        "0.437340",
        "0.026240",
        "0.000000",
    ),
    Example(
        "one device-second below the guarantee",
        "1.85",
        8,
        [27935, 28800],
        "29.155486",
        "1.749329",
        "0.437332",
        "0.026240",
        "0.000771",
    ),
    Example(
        "one device dark in one hour",
        "1.85",
        8,
        [25200, 28800],
        "27.750000",
        "1.665000",
        "0.416250",
        "0.024975",
        "2.109000",
    ),
    Example(
        "one device dark in both hours",
        "1.85",
        8,
        [25200, 25200],
        "25.900000",
        "1.554000",
        "0.388500",
        "0.023310",
        "4.218000",
    ),
    Example(
        "damages reach their cap of 20 %",
        "1.85",
        8,
        [20000, 28800],
        "25.077778",
        "1.504667",
        "0.376167",
        "0.022570",
        "2.960000",
    ),
    Example(
        "a single device-second",
        "1.85",
        1,
        [1],
        "0.000514",
        "0.000031",
        "0.000008",
        "0.000000",
        "0.370000",
    ),
    Example(
        "a price that 3,600 does not divide",
        "0.01",
        1,
        [1],
        "0.000003",
        "0.000000",
        "0.000000",
        "0.000000",
        "0.002000",
    ),
    Example(
        "1,799 seconds of one device",
        "2.00",
        1,
        [1799],
        "0.999444",
        "0.059967",
        "0.014992",
        "0.000900",
        "0.400000",
    ),
    Example(
        "half a micro rounds to even: up to 226",
        "0.00902",
        1,
        [90],
        "0.000226",
        "0.000014",
        "0.000003",
        "0.000000",
        "0.001804",
    ),
    Example(
        "half a micro rounds to even: down to 226",
        "0.00906",
        1,
        [90],
        "0.000226",
        "0.000014",
        "0.000003",
        "0.000000",
        "0.001812",
    ),
    Example(
        "a third of an hour, three times",
        "1.00",
        1,
        [1200, 1200, 1200],
        "1.000000",
        "0.060000",
        "0.015000",
        "0.000900",
        "0.600000",
    ),
    Example(
        "a seventh of a yuan",
        "0.142857",
        7,
        [25200, 25200],
        "1.999998",
        "0.120000",
        "0.030000",
        "0.001800",
        "0.000000",
    ),
    Example(
        "surplus capacity carries no damages",
        "1.85",
        8,
        [14400, 0],
        "7.400000",
        "0.444000",
        "0.111000",
        "0.006660",
        "0.000000",
        {"firmness": "SURPLUS"},
    ),
    Example(
        "no fee",
        "1.85",
        8,
        [28800, 28800],
        "29.600000",
        "1.776000",
        "0.000000",
        "0.000000",
        "0.000000",
        {"seller_fee_bp": 0},
    ),
    Example(
        "VAT of 13 %",
        "1.85",
        8,
        [28800, 28800],
        "29.600000",
        "3.848000",
        "0.444000",
        "0.057720",
        "0.000000",
        {"vat_bp": 1300},
    ),
    Example(
        "no VAT",
        "1.85",
        8,
        [28800, 28800],
        "29.600000",
        "0.000000",
        "0.444000",
        "0.000000",
        "0.000000",
        {"vat_bp": 0},
    ),
    Example(
        "a big cluster for a day",
        "6.48",
        96,
        [345600] * 24,
        "14929.920000",
        "895.795200",
        "223.948800",
        "13.436928",
        "0.000000",
    ),
    Example(
        "a big cluster that loses one node for an hour",
        "6.48",
        96,
        [316800] + [345600] * 23,
        "14878.080000",
        "892.684800",
        "223.171200",
        "13.390272",
        "49.766400",
    ),
    Example(
        "the dearest chip for one hour",
        "99.99",
        1,
        [3600],
        "99.990000",
        "5.999400",
        "1.499850",
        "0.089991",
        "0.000000",
    ),
    Example(
        "a fee with a fraction of a micro",
        "0.333333",
        3,
        [10799, 10800],
        "1.999905",
        "0.119994",
        "0.029999",
        "0.001800",
        "0.000000",
    ),
]


def yuan(amount_micros: int) -> Decimal:
    return Decimal(amount_micros).scaleb(-6)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_accountant_gets_the_same_figures(example: Example) -> None:
    terms = priced(example.price, devices=example.devices, **example.facts)

    charge = charge_of(terms, metered(example.delivered, devices=example.devices))

    assert yuan(charge.value_micros) == Decimal(example.value)
    assert yuan(charge.vat_micros) == Decimal(example.vat)
    assert yuan(charge.fee_micros) == Decimal(example.fee)
    assert yuan(charge.fee_vat_micros) == Decimal(example.fee_vat)
    assert yuan(charge.damages_micros) == Decimal(example.damages)
    assert yuan(charge.buyer_micros) == Decimal(example.value) + Decimal(example.vat)
    assert yuan(charge.seller_micros) == (
        Decimal(example.value)
        + Decimal(example.vat)
        - Decimal(example.fee)
        - Decimal(example.fee_vat)
    )


def test_take_or_pay_bills_the_agreed_share_of_what_stood_ready() -> None:
    terms = priced("2.00", take_or_pay_bp=8_000)

    idle = charge_of(terms, metered([28_800], used=0))
    partly = charge_of(terms, metered([28_800], used=25_200))

    assert yuan(idle.value_micros) == Decimal("12.80")  # 80 % of 8 device-hours
    assert yuan(partly.value_micros) == Decimal("14.00")  # 7 device-hours, more than 80 %


def test_nobody_pays_for_more_than_was_delivered() -> None:
    terms = priced("2.00", take_or_pay_bp=8_000)

    charge = charge_of(terms, metered([3_600], used=28_800))

    assert yuan(charge.value_micros) == Decimal("2.00")
