"""What books are made of: sizes, and tables from which sites and orders are drawn by weight."""

from dataclasses import dataclass
from random import Random
from typing import Any

TICK_MICROS = 10_000
UNIT_GFLOPS = 312_000  # an A100 in half precision: the measure of amounts and worth
REGIONS, CITIES = 10, 12
TIERS_GBPS = (25, 100, 400)
DEMAND_BP = 11_500  # of what is offered


@dataclass(frozen=True)
class Size:
    """How large a book is."""

    sites: int
    hours: int
    orders: int


SIZES = {"S": Size(100, 24, 300), "M": Size(1_000, 48, 3_000), "L": Size(7_000, 168, 20_000)}


@dataclass(frozen=True)
class Family:
    """Devices of one kind; `worth` is in yuan for an A100's worth of an hour."""

    name: str
    tflops: int
    memory_gb: int
    worth: float
    weight: int


FAMILIES = (
    Family("H100", 989, 80, 1.00, 6),
    Family("H20", 148, 96, 1.25, 10),
    Family("A100-80", 312, 80, 1.05, 14),
    Family("A100-40", 312, 40, 0.95, 8),
    Family("L40S", 362, 48, 0.85, 10),
    Family("RTX4090", 165, 24, 0.70, 14),
    Family("910B", 320, 64, 0.80, 18),
    Family("910C", 780, 128, 0.90, 6),
    Family("MI300X", 1307, 192, 0.95, 4),
    Family("MLU590", 314, 80, 0.80, 10),
)
KINDS = {"DIVISIBLE": 38, "BLOCK": 32, "GANG": 20, "GROUP": 10}
MEMORY_GB = {0: 30, 24: 20, 40: 15, 64: 12, 80: 15, 96: 5, 128: 3}
TIERS = {0: 55, 1: 30, 2: 15}
RTT_US = {None: 45, 40_000: 25, 20_000: 18, 12_000: 12}
HOURS = {1: 6, 2: 8, 3: 6, 4: 10, 6: 10, 8: 14, 12: 14, 16: 8, 24: 12, 36: 5, 48: 5, 72: 3}
SLACK_HOURS = {0: 15, 2: 20, 6: 25, 12: 20, 24: 12, 48: 8}


def drawn(chance: Random, weights: dict[Any, int]) -> Any:
    """Return one of the keys, each as often as its weight says."""
    return chance.choices(list(weights), list(weights.values()))[0]


def clipped(value: float, least: int, most: int) -> int:
    """Return the nearest whole number inside the limits."""
    return min(max(round(value), least), most)
