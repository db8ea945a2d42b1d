"""Orders beyond a limit, a collar, or what the buyer has."""

from tests.bad.case import rows
from tests.bad.standing import Given, given
from tests.world import micros

H100 = {"chips_allowed": ("h100-sxm",)}


def limited(**bounds: int) -> Given:
    """Everybody under one limit."""
    return Given(limit=bounds)


BOUNDS = [
    *given(
        limited(most_order_micros=micros("33.91")),
        "order",
        ("an order a micro-yuan too large", {}, "E-LIMIT-01", "limit_micros"),
        (
            "an order of one device and many hours",
            {"amount": 1, "hours": 22},
            "E-LIMIT-01",
            "limit_micros",
        ),
    ),
    *given(
        limited(most_order_micros=micros("355.19")),
        "listing",
        ("a listing just too large", {}, "E-LIMIT-01", "ask_micros"),
        ("a listing at a fat-finger price", {"price": "1850.00"}, "E-LIMIT-01", "ask_micros"),
    ),
    *given(
        limited(most_order_devices=7),
        "order",
        ("one device too many", {}, "E-LIMIT-02", "amount"),
        ("a thousand devices too many", {"amount": 1_007}, "E-LIMIT-02", "amount"),
    ),
    *given(
        limited(most_order_devices=7),
        "listing",
        ("a device too many listed", {}, "E-LIMIT-02", "devices"),
    ),
    *given(
        limited(most_order_devices=8),
        "replace",
        ("a change to a device too many", {"amount": 9}, "E-LIMIT-02", "amount"),
    ),
    *given(
        limited(most_order_micros=micros("17")),
        "replace",
        ("a change to too large an order", {"amount": 9}, "E-LIMIT-01", "limit_micros"),
    ),
    *given(
        limited(most_order_devices=8),
        "reprice",
        ("a ninth device", {"devices": 9}, "E-LIMIT-02", "devices"),
    ),
    *given(
        limited(most_order_micros=micros("1000")),
        "reprice",
        ("an ask of a fat finger", {"ask_micros": micros("99.99")}, "E-LIMIT-01", "ask_micros"),
    ),
    *given(
        limited(most_open_micros=micros("100")),
        "order",
        ("too much open with it", {"amount": 16}, "E-LIMIT-03", "limit_micros"),
    ),
    *given(
        limited(most_open_micros=micros("100")),
        "replace",
        ("too much open after it", {"amount": 60}, "E-LIMIT-03", "limit_micros"),
    ),
    *given(
        limited(most_messages=1),
        "two_orders",
        ("a second order in one second", {}, "E-LIMIT-04", ""),
    ),
    *given(
        limited(most_messages=1),
        "two_listings",
        ("a second listing in one second", {}, "E-LIMIT-04", ""),
    ),
]
COLLARS = [
    *given(
        Given(reference="2.00"),
        "order",
        (
            "a limit beyond five times the reference",
            {**H100, "limit_micros": micros("10.01")},
            "E-COLLAR-01",
            "limit_micros",
        ),
        (
            "a limit far beyond the reference",
            {**H100, "limit_micros": micros("999.00")},
            "E-COLLAR-01",
            "limit_micros",
        ),
    ),
    *given(
        Given(reference="1.60"),
        "order",
        (
            "what would trade above the reference",
            {**H100, "limit_micros": micros("1.85")},
            "E-COLLAR-01",
            "limit_micros",
        ),
        (
            "an immediate order above the reference",
            {**H100, "time_in_force": "IOC"},
            "E-COLLAR-01",
            "limit_micros",
        ),
    ),
    *given(
        Given(reference="10.00"),
        "listing",
        ("an ask below a fifth of the reference", {"price": "1.99"}, "E-COLLAR-01", "ask_micros"),
        ("an ask of a cent", {"price": "0.01"}, "E-COLLAR-01", "ask_micros"),
    ),
    *given(
        Given(reference="10.00"),
        "reprice",
        ("a new ask below the band", {"ask_micros": micros("1.00")}, "E-COLLAR-01", "ask_micros"),
    ),
    *given(
        Given(reference="4.00"),
        "listing",
        (
            "what would sell below the reference",
            {"price": "1.00", "start": 40},
            "E-COLLAR-01",
            "ask_micros",
        ),
    ),
    *given(
        Given(reference="4.00"),
        "reprice",
        (
            "a new ask that would sell below it",
            {"of": "later", "ask_micros": micros("1.00")},
            "E-COLLAR-01",
            "ask_micros",
        ),
    ),
    *given(
        Given(reference="1.00"),
        "replace",
        (
            "a new limit beyond the band",
            {"of": "waiting", "limit_micros": micros("5.01")},
            "E-COLLAR-01",
            "limit_micros",
        ),
    ),
]
FUNDS = list(
    rows(
        "order",
        [
            (
                "a million devices without the money",
                {"amount": 1_000_000},
                "E-FUNDS-01",
                "limit_micros",
            ),
            (
                "the highest limit without the money",
                {"limit_micros": 10**12 - 10_000},
                "E-FUNDS-01",
                "limit_micros",
            ),
            (
                "a budget above the funds",
                {"amount": 900_000, "budget_micros": 10**13},
                "E-FUNDS-01",
                "limit_micros",
            ),
            ("a buyer without money", {"buyer": "poor"}, "E-FUNDS-01", "limit_micros"),
        ],
    )
)
BAD = [*BOUNDS, *COLLARS, *FUNDS]
