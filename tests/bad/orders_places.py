"""Orders that ask for what no place can be, or for times that cannot be."""

from datetime import UTC, datetime
from typing import Any

from tests.bad.case import DAY, Bad, at, outside, rows, unknown
from tests.cast import NOON

ORDER = "order"
SHANGHAI = {"city": "shanghai"}
LISTS = {
    "chips_allowed": "h100-sxm",
    "families_allowed": "nvidia",
    "families_excluded": "ascend",
    "zones_allowed": "wuhu",
}


def catalogue() -> list[Bad]:
    """Codes that are not in the catalogue, alone and among good ones."""
    found = list(unknown(ORDER, "city", ("atlantis", "Shanghai", "", "上海"), code="E-CATALOG-01"))
    for name, good in LISTS.items():
        wrong: dict[str, tuple[str, ...]] = {
            "an unknown code": ("abacus",),
            "an unknown code beside a good one": (good, "abacus"),
            "capitals": (good.upper(),),
            "an empty code": ("",),
            "a code with a space": (f"{good} ",),
        }
        for words, codes in wrong.items():
            found.append(Bad(f"{name}: {words}", ORDER, "E-CATALOG-01", name, {name: codes}))
    return found


PLACES: list[Bad] = [
    *outside(ORDER, "min_memory_gb", 0, 100_000),
    *outside(ORDER, "min_scale_up_gbs", 0, 1_000_000),
    *outside(ORDER, "min_scale_out_gbps", 0, 1_000_000),
    *outside(ORDER, "max_rtt_us", 0, 10_000_000, **SHANGHAI),
    *outside(ORDER, "link_gbps", 0, 1_000_000, **SHANGHAI),
    *outside(ORDER, "move_gb", 0, 1_000_000_000, **SHANGHAI),
    *outside(ORDER, "max_pue_thousandths", 1_000, 10_000),
    *outside(ORDER, "max_carbon_g_per_kwh", 0, 10_000),
    *rows(
        ORDER,
        [
            ("a round trip to nowhere", {"max_rtt_us": 20_000}, "E-CONFLICT-01", "max_rtt_us"),
            ("a link to nowhere", {"link_gbps": 10}, "E-CONFLICT-01", "link_gbps"),
            ("data to move to nowhere", {"move_gb": 10}, "E-CONFLICT-01", "move_gb"),
            (
                "a link for lots",
                {"link_gbps": 10, "splittable": True, **SHANGHAI},
                "E-CONFLICT-01",
                "link_gbps",
            ),
            (
                "data to move for lots",
                {"move_gb": 10, "splittable": True, **SHANGHAI},
                "E-CONFLICT-01",
                "move_gb",
            ),
            (
                "a family wanted and excluded",
                {"families_allowed": ("nvidia",), "families_excluded": ("nvidia",)},
                "E-CONFLICT-01",
                "families_excluded",
            ),
            (
                "one of two families excluded again",
                {"families_allowed": ("nvidia", "cpu"), "families_excluded": ("cpu",)},
                "E-CONFLICT-01",
                "families_excluded",
            ),
        ],
    ),
    *catalogue(),
]
END = datetime.max.replace(tzinfo=UTC)


def window(earliest: float, latest: float, **more: Any) -> dict[str, Any]:
    """A window in hours after noon."""
    return {"earliest": at(earliest), "latest": at(latest), **more}


WINDOWS: list[Bad] = list(
    rows(
        ORDER,
        [
            ("a window of yesterday", window(-30, -20), "E-WINDOW-02", "latest"),
            ("a window of this morning", window(-9, -1), "E-WINDOW-02", "latest"),
            ("a window that ends now", window(-9, 0), "E-WINDOW-02", "latest"),
            ("an empty window", window(5, 5), "E-WINDOW-03", "hours"),
            ("a window that ends before it begins", window(9, 5), "E-WINDOW-03", "hours"),
            ("two hours within one", window(5, 6), "E-WINDOW-03", "hours"),
            ("two hours between half hours", window(5.5, 7.5), "E-WINDOW-03", "hours"),
            ("two hours a minute short", window(5, 6.99), "E-WINDOW-03", "hours"),
            ("25 hours in a day", {"hours": 25}, "E-WINDOW-03", "hours"),
            ("all hours in a day", {"hours": 9_600}, "E-WINDOW-03", "hours"),
            ("a start at the end of time", {"earliest": END}, "E-WINDOW-03", "hours"),
            ("an end at the end of time", {"latest": END}, "E-WINDOW-04", "latest"),
            ("a window 401 days ahead", {"latest": NOON + 401 * DAY}, "E-WINDOW-04", "latest"),
            ("a window in ten years", {"latest": NOON + 4_000 * DAY}, "E-WINDOW-04", "latest"),
            ("hours whose last start is closed", window(0, 3), "E-GATE-01", "latest"),
            ("hours that begin now", window(0, 2), "E-GATE-01", "latest"),
            ("the next hour alone", window(1, 2, hours=1), "E-GATE-01", "latest"),
            ("an hour under way", window(-0.5, 1, hours=1), "E-GATE-01", "latest"),
        ],
    )
)
EXPIRIES: list[Bad] = [
    *(
        Bad(
            f"a {word} order with a date of its own",
            ORDER,
            "E-EXPIRY-01",
            "expires_at",
            {"time_in_force": word, "expires_at": at(5)},
        )
        for word in ("GTC", "DAY", "IOC", "FOK")
    ),
    *rows(
        ORDER,
        [
            ("a dated order without a date", {"time_in_force": "GTD"}, "E-EXPIRY-01", "expires_at"),
            (
                "a dated order that ends now",
                {"time_in_force": "GTD", "expires_at": at(0)},
                "E-EXPIRY-01",
                "expires_at",
            ),
            (
                "a dated order of this morning",
                {"time_in_force": "GTD", "expires_at": at(-5)},
                "E-EXPIRY-01",
                "expires_at",
            ),
        ],
    ),
]
BAD = [*PLACES, *WINDOWS, *EXPIRIES]
