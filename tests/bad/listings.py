"""Listings that are wrong in themselves, or ask more of a pool than it has."""

from tests.bad.case import Bad, outside, rows, unknown

LISTING = "listing"
RECALL = {"firmness": "RECALLABLE"}

BAD: list[Bad] = [
    *outside(LISTING, "devices", 1, 1_000_000),
    *outside(LISTING, "ask_micros", 1, 10**12 - 1),
    *outside(LISTING, "min_devices", 1, 8),
    *outside(LISTING, "min_hours", 1, 24),
    *outside(LISTING, "recall_notice_minutes", 1, 10_080, **RECALL),
    *unknown(LISTING, "firmness", ("SOLID", "", "firm", "FIRM ")),
    *unknown(LISTING, "self_trade", ("ALLOW", "", "decrement")),
    *(
        Bad(
            f"an ask of {micros} micros, between two ticks",
            LISTING,
            "E-PRICE-01",
            "ask_micros",
            {"ask_micros": micros},
        )
        for micros in (1, 9_999, 1_855_000, 10**12 - 10_001)
    ),
    *rows(
        LISTING,
        [
            ("one device more than the pool has", {"devices": 65}, "E-CAP-01", "devices"),
            ("a thousand pools' devices", {"devices": 64_000}, "E-CAP-01", "devices"),
            ("what another listing holds already", {"devices": 57}, "E-CAP-01", "devices"),
            (
                "one hour of many that is taken",
                {"devices": 57, "start": 23, "hours": 8},
                "E-CAP-01",
                "devices",
            ),
            ("recallable without notice", RECALL, "E-RANGE-01", "recall_notice_minutes"),
            (
                "firm with notice",
                {"recall_notice_minutes": 30},
                "E-CONFLICT-01",
                "recall_notice_minutes",
            ),
            (
                "surplus with notice",
                {"firmness": "SURPLUS", "recall_notice_minutes": 30},
                "E-CONFLICT-01",
                "recall_notice_minutes",
            ),
            ("no hours", {"hours": 0}, "E-WINDOW-01", "window"),
            ("hours backwards", {"hours": -3}, "E-WINDOW-01", "window"),
            ("a start at half past", {"minutes": 30}, "E-WINDOW-01", "window"),
            ("an end a minute late", {"end_minutes": 1}, "E-WINDOW-01", "window"),
            ("an hour that is closed", {"start": -1}, "E-GATE-01", "starts_at"),
            ("an hour under way", {"start": -2}, "E-GATE-01", "starts_at"),
            ("hours of this morning", {"start": -9, "hours": 5}, "E-WINDOW-02", "ends_at"),
            ("hours that end now", {"start": -5, "hours": 3}, "E-WINDOW-02", "ends_at"),
            ("hours in 400 days", {"start": 24 * 400}, "E-WINDOW-04", "ends_at"),
            (
                "hours of the next two years",
                {"hours": 24 * 730, "min_hours": 1},
                "E-WINDOW-04",
                "ends_at",
            ),
            ("a pool that does not exist", {"pool_id": 10**6}, "E-POOL-01", "pool_id"),
            ("a pool of somebody else's", {"seller": "second"}, "E-POOL-01", "pool_id"),
            (
                "an id of 65 characters",
                {"client_order_id": "x" * 65},
                "E-IDEM-02",
                "client_order_id",
            ),
            (
                "an id of two lines",
                {"client_order_id": "two\nlines"},
                "E-IDEM-02",
                "client_order_id",
            ),
            (
                "an id that meant another listing",
                {"client_order_id": "offer", "devices": 9},
                "E-IDEM-01",
                "client_order_id",
            ),
            (
                "an id that meant a withdrawn listing",
                {"client_order_id": "withdrawn"},
                "E-IDEM-01",
                "client_order_id",
            ),
        ],
    ),
]
