"""Products of market data: a chip model by the device-hour, or all accelerators by the P-hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.price import DEVICES, per_pflops_hour
from exchange.units import GFLOPS_PER_PFLOPS, ceil_div, half_even_div

# Every accelerator, by FP16 compute. CPU slots are rated in FP32, and the two are never added.
ACCELERATORS = "fp16"
CPU = "cpu"


@dataclass(frozen=True)
class Chip:
    """What decides whether an order takes a chip model, and the model's nominal compute."""

    id: int
    code: str
    name: str
    family: str
    stack: str
    memory_gb: int
    nominal_gflops: int


@dataclass(frozen=True)
class Wish:
    """The unchanging part of a buy order: its unit, the hours of its window, its chips."""

    unit: str
    first_hour: int
    last_hour: int
    chips_allowed: tuple[str, ...]
    families_allowed: tuple[str, ...]
    families_excluded: tuple[str, ...]
    stack: str
    min_memory_gb: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Wish":
        """Return the wish of a row of `marketplace.queries.feed_rows`."""
        return cls(
            unit=row["unit"],
            first_hour=row["first_hour"],
            last_hour=row["last_hour"],
            chips_allowed=tuple(row["chips_allowed"]),
            families_allowed=tuple(row["families_allowed"]),
            families_excluded=tuple(row["families_excluded"]),
            stack=row["stack"],
            min_memory_gb=row["min_memory_gb"],
        )

    def takes(self, chip: Chip) -> bool:
        """Tell whether the chip's static facts satisfy the order."""
        return (
            (not self.chips_allowed or chip.code in self.chips_allowed)
            and (not self.families_allowed or chip.family in self.families_allowed)
            and chip.family not in self.families_excluded
            and (not self.stack or chip.stack == self.stack)
            and chip.memory_gb >= self.min_memory_gb
        )


# Price in the product's unit, and quantity (devices, or GFLOPS).
Offered = tuple[int, int]


@dataclass(frozen=True)
class Product:
    """What a depth, a candle or an index is about."""

    code: str
    name: str
    chips: tuple[Chip, ...]

    @property
    def by_compute(self) -> bool:
        """Tell whether prices are per PFLOPS-hour and quantities in GFLOPS."""
        return self.code == ACCELERATORS

    def holds(self, chip_code: str) -> bool:
        """Tell whether the chip model belongs to the product."""
        return any(chip.code == chip_code for chip in self.chips)

    def sell(self, ask_micros: int, devices: int, gflops: int) -> Offered:
        """Return devices at an ask per device-hour, in the product's unit."""
        if self.by_compute:
            return per_pflops_hour(ask_micros, gflops), devices * gflops
        return ask_micros, devices

    def buy(self, wish: Wish, left: int, limit_micros: int) -> Offered | None:
        """Return what an order still wants, in the product's unit; None when it takes none.

        Where units differ, nominal compute converts: an order in devices counts with the
        strongest chip that it takes, an order in PFLOPS with as many devices as it needs.
        """
        taken = [chip.nominal_gflops for chip in self.chips if wish.takes(chip)]
        if not taken:
            return None
        gflops = max(taken)
        if (wish.unit == DEVICES) is not self.by_compute:
            return limit_micros, left
        if self.by_compute:
            return per_pflops_hour(limit_micros, gflops), left * gflops
        price = half_even_div(limit_micros * gflops, GFLOPS_PER_PFLOPS)
        return price, ceil_div(left, gflops)
