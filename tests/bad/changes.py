"""Replacements, cancels and withdrawals that cannot be."""

from tests.bad.case import BIG, Bad, at, outside, rows

REPLACE, REPRICE = "replace", "reprice"
IDS = {
    "of 65 characters": "x" * 65,
    "of two lines": "two\nlines",
    "with a NUL": "a\x00b",
    "with a hidden mark": "a\u200bb",
}
ENDED = ("filled", "cancelled", "immediate")

ORDERS: list[Bad] = [
    *outside(REPLACE, "amount", 1, 10**12),
    *outside(REPLACE, "limit_micros", 1, 10**12 - 1),
    *(
        Bad(
            f"a new limit of {micros} micros, between two ticks",
            REPLACE,
            "E-PRICE-01",
            "limit_micros",
            {"limit_micros": micros},
        )
        for micros in (1, 9_999, 2_005_000)
    ),
    *(
        Bad(
            f"a change of version {version}",
            REPLACE,
            "E-VERSION-01",
            "version",
            {"version": version, "amount": 4},
        )
        for version in (-1, 0, 2, BIG)
    ),
    *(
        Bad(
            f"a change of an order that ended {name}",
            REPLACE,
            "E-STATE-01",
            "",
            {"of": name, "amount": 4},
        )
        for name in ENDED
    ),
    *rows(
        REPLACE,
        [
            ("a change of nothing", {}, "E-CONFLICT-02", "amount"),
            ("a new budget of nothing", {"budget_micros": 0}, "E-BUDGET-01", "budget_micros"),
            ("a new budget below nothing", {"budget_micros": -5}, "E-BUDGET-01", "budget_micros"),
            ("a new budget above all money", {"budget_micros": BIG}, "E-RANGE-01", "budget_micros"),
            (
                "a budget below what is spent",
                {"of": "partly", "budget_micros": 10_000},
                "E-BUDGET-01",
                "budget_micros",
            ),
            (
                "a limit that makes it worth less than is spent",
                {"of": "partly", "limit_micros": 10_000},
                "E-BUDGET-01",
                "budget_micros",
            ),
            ("as much as is filled", {"of": "partly", "amount": 4}, "E-RANGE-01", "amount"),
            ("less than is filled", {"of": "partly", "amount": 1}, "E-RANGE-01", "amount"),
            (
                "an expiry for an order without one",
                {"expires_at": at(9)},
                "E-EXPIRY-01",
                "expires_at",
            ),
            (
                "an expiry of this morning",
                {"of": "dated", "expires_at": at(-1)},
                "E-EXPIRY-01",
                "expires_at",
            ),
            (
                "an expiry that is now",
                {"of": "dated", "expires_at": at(0)},
                "E-EXPIRY-01",
                "expires_at",
            ),
            ("more than the funds pay", {"amount": 900_000}, "E-FUNDS-01", "limit_micros"),
            (
                "a limit that the funds do not pay",
                {"limit_micros": 10**12 - 10_000},
                "E-FUNDS-01",
                "limit_micros",
            ),
            ("an order that does not exist", {"order_id": 10**9, "amount": 4}, "E-NOT-FOUND", ""),
            ("an order of somebody else's", {"of": "danas", "amount": 4}, "E-NOT-FOUND", ""),
            (
                "an id that meant another change",
                {"client_id": "known", "amount": 4},
                "E-IDEM-01",
                "client_id",
            ),
        ],
    ),
]
LISTINGS: list[Bad] = [
    *outside(REPRICE, "devices", 1, 1_000_000),
    *outside(REPRICE, "ask_micros", 1, 10**12 - 1),
    *(
        Bad(
            f"a new ask of {micros} micros, between two ticks",
            REPRICE,
            "E-PRICE-01",
            "ask_micros",
            {"ask_micros": micros},
        )
        for micros in (1, 9_999, 1_855_000)
    ),
    *(
        Bad(
            f"a change of a listing's version {version}",
            REPRICE,
            "E-VERSION-01",
            "version",
            {"version": version, "devices": 4},
        )
        for version in (-1, 0, 2, BIG)
    ),
    *(
        Bad(
            f"a change of a listing that is {name}",
            REPRICE,
            "E-STATE-01",
            "",
            {"of": name, "devices": 4},
        )
        for name in ("sold", "withdrawn")
    ),
    *rows(
        REPRICE,
        [
            ("a listing changed in nothing", {}, "E-CONFLICT-02", "devices"),
            (
                "fewer devices than are sold",
                {"of": "part_sold", "devices": 3},
                "E-RANGE-01",
                "devices",
            ),
            (
                "fewer devices than its smallest block",
                {"of": "blocks", "devices": 3},
                "E-RANGE-01",
                "devices",
            ),
            ("one device more than is free", {"devices": 57}, "E-CAP-01", "devices"),
            ("more devices than the pool has", {"devices": 65}, "E-CAP-01", "devices"),
            (
                "a listing that does not exist",
                {"listing_id": 10**9, "devices": 4},
                "E-NOT-FOUND",
                "",
            ),
            ("a listing of somebody else's", {"seller": "second", "devices": 4}, "E-NOT-FOUND", ""),
        ],
    ),
]
ENDINGS: list[Bad] = [
    *(
        Bad(f"a cancel of an order that ended {name}", "cancel", "E-STATE-01", "", {"of": name})
        for name in ENDED
    ),
    *(
        Bad(f"a withdrawal of a listing that is {name}", "withdraw", "E-STATE-01", "", {"of": name})
        for name in ("sold", "withdrawn")
    ),
    *(
        Bad(f"{act}: an id {words}", act, "E-IDEM-02", "client_id", {"client_id": client_id})
        for act in ("cancel", "withdraw", "cancel_all", REPLACE, REPRICE)
        for words, client_id in IDS.items()
    ),
    Bad(
        "a cancel of an order that does not exist", "cancel", "E-NOT-FOUND", "", {"order_id": 10**9}
    ),
    Bad("a cancel of order zero", "cancel", "E-NOT-FOUND", "", {"order_id": 0}),
    Bad("a cancel of somebody else's order", "cancel", "E-NOT-FOUND", "", {"of": "danas"}),
    Bad(
        "a cancel under the id of a change",
        "cancel",
        "E-IDEM-01",
        "client_id",
        {"client_id": "known"},
    ),
    Bad("a withdrawal of nothing", "withdraw", "E-NOT-FOUND", "", {"listing_id": 10**9}),
    Bad("a withdrawal of somebody else's", "withdraw", "E-NOT-FOUND", "", {"seller": "second"}),
    Bad("everything of nobody", "cancel_all", "E-NOT-FOUND", "", {"member_id": 10**9}),
]
BAD = [*ORDERS, *LISTINGS, *ENDINGS]
