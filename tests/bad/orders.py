"""Orders that are wrong in themselves: words, figures, prices, ids."""

from tests.bad.case import BIG, Bad, outside, rows, unknown

ORDER = "order"
PFLOPS = {"unit": "PFLOPS", "amount": 8_000_000}

WORDS: list[Bad] = [
    *unknown(ORDER, "unit", ("GPUS", "", "devices", "DEVICE", "PFLOPS ", "TFLOPS")),
    *unknown(ORDER, "time_in_force", ("FOREVER", "", "gtc", "GTX", "GTC ", "AON")),
    *unknown(ORDER, "workload_class", ("GAMING", "", "training", "MINING")),
    *unknown(ORDER, "stack", ("METAL", "cuda", "CUDA12", " ")),
    *unknown(ORDER, "self_trade", ("ALLOW", "", "cancel_newest", "CANCEL_BOTH")),
    *rows(
        ORDER,
        [
            (
                "an auction that is not there yet",
                {"time_in_force": "GFA"},
                "E-TIF-01",
                "time_in_force",
            ),
            ("no firmness at all", {"firmness": ()}, "E-CHOICE-01", "firmness"),
            ("an unknown firmness", {"firmness": ("SOLID",)}, "E-CHOICE-01", "firmness"),
            ("one unknown firmness of two", {"firmness": ("FIRM", "X")}, "E-CHOICE-01", "firmness"),
            ("firmness in small letters", {"firmness": ("firm",)}, "E-CHOICE-01", "firmness"),
            ("an empty word of firmness", {"firmness": ("",)}, "E-CHOICE-01", "firmness"),
        ],
    ),
]
UNITS: list[Bad] = list(
    rows(
        ORDER,
        [
            ("devices at a limit per PFLOPS", {"limit_unit": "PFLOPS"}, "E-UNIT-01", "limit_unit"),
            (
                "PFLOPS at a limit per device",
                {**PFLOPS, "limit_unit": "DEVICES"},
                "E-UNIT-01",
                "limit_unit",
            ),
            ("a limit in yuan", {"limit_unit": "YUAN"}, "E-UNIT-01", "limit_unit"),
            ("a limit in small letters", {"limit_unit": "devices"}, "E-UNIT-01", "limit_unit"),
        ],
    )
)
FIGURES: list[Bad] = [
    *outside(ORDER, "amount", 1, 1_000_000),
    *outside(ORDER, "hours", 1, 9_600),
    *outside(ORDER, "limit_micros", 1, 10**12 - 1),
    *outside(ORDER, "min_lot_devices", 1, 1_000_000, splittable=True),
    *rows(
        ORDER,
        [
            ("no compute", {**PFLOPS, "amount": 0}, "E-RANGE-01", "amount"),
            ("negative compute", {**PFLOPS, "amount": -1}, "E-RANGE-01", "amount"),
            (
                "a million exaflops and one",
                {**PFLOPS, "amount": 10**12 + 1},
                "E-RANGE-01",
                "amount",
            ),
            ("absurd compute", {**PFLOPS, "amount": BIG}, "E-RANGE-01", "amount"),
            (
                "a smallest lot without splitting",
                {"min_lot_devices": 4},
                "E-CONFLICT-01",
                "min_lot_devices",
            ),
            (
                "a smallest lot above the amount",
                {"min_lot_devices": 9, "splittable": True},
                "E-CONFLICT-01",
                "min_lot_devices",
            ),
            (
                "a smallest lot of compute without splitting",
                {**PFLOPS, "min_lot_devices": 2},
                "E-CONFLICT-01",
                "min_lot_devices",
            ),
        ],
    ),
]
PRICES: list[Bad] = [
    *(
        Bad(
            f"a limit of {micros} micros, between two ticks",
            ORDER,
            "E-PRICE-01",
            "limit_micros",
            {"limit_micros": micros},
        )
        for micros in (1, 9_999, 10_001, 1_999_999, 2_005_000, 10**12 - 10_001)
    ),
    *rows(
        ORDER,
        [
            (
                "devices worth more than the book holds",
                {"amount": 10**6, "limit_micros": 10**9},
                "E-VALUE-01",
                "limit_micros",
            ),
            (
                "compute worth more than the book holds",
                {"unit": "PFLOPS", "amount": 10**12, "limit_micros": 10**11, "hours": 20},
                "E-VALUE-01",
                "limit_micros",
            ),
            ("a budget of nothing", {"budget_micros": 0}, "E-BUDGET-01", "budget_micros"),
            ("a budget below nothing", {"budget_micros": -1}, "E-BUDGET-01", "budget_micros"),
            ("a far negative budget", {"budget_micros": -BIG}, "E-BUDGET-01", "budget_micros"),
            (
                "a budget above all money",
                {"budget_micros": 10**14 + 1},
                "E-RANGE-01",
                "budget_micros",
            ),
            ("an absurd budget", {"budget_micros": BIG}, "E-RANGE-01", "budget_micros"),
        ],
    ),
]
IDS: list[Bad] = list(
    rows(
        ORDER,
        [
            (
                "an id of 65 characters",
                {"client_order_id": "x" * 65},
                "E-IDEM-02",
                "client_order_id",
            ),
            ("an id with a NUL", {"client_order_id": "a\x00b"}, "E-IDEM-02", "client_order_id"),
            (
                "an id of two lines",
                {"client_order_id": "two\nlines"},
                "E-IDEM-02",
                "client_order_id",
            ),
            ("an id with a tab", {"client_order_id": "a\tb"}, "E-IDEM-02", "client_order_id"),
            (
                "an id with a hidden mark",
                {"client_order_id": "a\u200bb"},
                "E-IDEM-02",
                "client_order_id",
            ),
            (
                "an id that meant another order",
                {"client_order_id": "open"},
                "E-IDEM-01",
                "client_order_id",
            ),
            (
                "an id that meant a filled order",
                {"client_order_id": "filled"},
                "E-IDEM-01",
                "client_order_id",
            ),
            (
                "an id that meant a cancelled order",
                {"client_order_id": "cancelled"},
                "E-IDEM-01",
                "client_order_id",
            ),
        ],
    )
)
BAD = [*WORDS, *UNITS, *FIGURES, *PRICES, *IDS]
