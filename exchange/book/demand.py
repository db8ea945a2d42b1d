"""What orders require, seen from their city for their work: remembered, for many ask the same."""

from collections.abc import Callable
from typing import Any

from exchange.book.commands import Requires
from exchange.book.shelves import Rack
from exchange.book.stock import Aisle, Kind

# One condition on a listing: does it hold?
# Chip, family, stack, zone and memory: what a static band asks of a pool.
Sort = tuple[str, str, str, str, int]
Test = Callable[[Kind], bool]
FIRMNESS = frozenset({"FIRM", "RECALLABLE", "SURPLUS"})


def _rtt(most: int, city: str) -> Test:
    def near(kind: Kind) -> bool:
        found = kind.pool.rtt_us.get(city)
        return found is not None and found <= most

    return near


# The conditions of `exchange.requirement` on a place, each only where something is asked.
# Those on the device (family, chip, stack) hold for a whole aisle.
_TESTS: dict[str, Callable[[Any, str], Test]] = {
    "min_memory_gb": lambda least, _: lambda kind: kind.pool.memory_gb >= least,
    "min_scale_up_gbs": lambda least, _: lambda kind: kind.pool.scale_up_gbs >= least,
    "min_scale_out_gbps": lambda least, _: lambda kind: kind.pool.scale_out_gbps >= least,
    "zones_allowed": lambda zones, _: lambda kind: kind.pool.zone in zones,
    "max_pue_thousandths": lambda most, _: lambda kind: kind.pool.pue_thousandths <= most,
    "max_carbon_g_per_kwh": lambda most, _: lambda kind: kind.pool.carbon_g_per_kwh <= most,
    "firmness": lambda words, _: lambda kind: kind.firmness in words,
    "max_rtt_us": _rtt,
    "link_gbps": lambda least, city: lambda kind: kind.pool.link_gbps.get(city, 0) >= least,
}


def _asked(name: str, wanted: object) -> bool:
    return wanted is not None if name.startswith("max_") else bool(wanted)


class Demand:
    """A requirement with a city and a class of work: which listings satisfy it."""

    __slots__ = (
        "aisles",
        "aisles_of",
        "city",
        "devices",
        "gflops",
        "known",
        "requires",
        "tests",
        "whole_nodes",
        "words_known",
        "workload",
    )

    def __init__(self, requires: Requires, city: str, workload: str) -> None:
        self.requires = requires
        self.city = city
        self.workload = workload
        self.whole_nodes = requires.min_scale_up_gbs > 0
        self.words_known = bool(requires.firmness) and FIRMNESS.issuperset(requires.firmness)
        self.tests = tuple(
            make(wanted, city)
            for name, make in _TESTS.items()
            if _asked(name, wanted := getattr(requires, name))
        )
        self.known: dict[Kind, bool] = {}
        self.aisles: list[Aisle] = []
        self.aisles_of = 0  # how many aisles there were when these were chosen
        self.devices: Queue | None = None
        self.gflops: Queue | None = None

    def judge(self, kind: Kind) -> bool:
        """Tell whether such listings satisfy the requirement, and remember it."""
        fits = self.may_enter(kind.aisle) and all(test(kind) for test in self.tests)
        self.known[kind] = fits
        return fits

    def may_enter(self, aisle: Aisle) -> bool:
        """Tell whether devices of the aisle are of the family, chip and stack required."""
        wanted = self.requires
        return (
            (not wanted.families_allowed or aisle.family in wanted.families_allowed)
            and aisle.family not in wanted.families_excluded
            and (not wanted.chips_allowed or aisle.chip.code in wanted.chips_allowed)
            and (not wanted.stack or aisle.stack == wanted.stack)
        )

    def narrows_to(self, sort: Sort) -> bool:
        """Tell whether pools of the sort pass the conditions that bound the limit."""
        chip, family, stack, zone, memory_gb = sort
        wanted = self.requires
        return (
            memory_gb >= wanted.min_memory_gb
            and (not wanted.families_allowed or family in wanted.families_allowed)
            and (not wanted.chips_allowed or chip in wanted.chips_allowed)
            and (not wanted.stack or stack == wanted.stack)
            and (not wanted.zones_allowed or zone in wanted.zones_allowed)
        )


class Queue:
    """Resting orders that require the same in the same unit."""

    __slots__ = ("count", "demand", "devices", "rack")

    def __init__(self, demand: Demand, *, devices: bool) -> None:
        self.demand = demand
        self.devices = devices
        self.rack: Rack[Any] = Rack()  # of orders
        self.count = 0
