"""What orders require, seen from their city for their work: remembered, for many ask the same."""

from collections.abc import Callable
from typing import Any

from msgspec import to_builtins

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


# The conditions of `exchange.requirement` on a place. Those on the device (family, chip, stack)
# hold for a whole aisle, and firmness is always asked for.
_TESTS: dict[str, Callable[[Any, str], Test]] = {
    "min_memory_gb": lambda least, _: lambda kind: kind.pool.memory_gb >= least,
    "min_scale_up_gbs": lambda least, _: lambda kind: kind.pool.scale_up_gbs >= least,
    "min_scale_out_gbps": lambda least, _: lambda kind: kind.pool.scale_out_gbps >= least,
    "zones_allowed": lambda zones, _: lambda kind: kind.pool.zone in zones,
    "max_pue_thousandths": lambda most, _: lambda kind: kind.pool.pue_thousandths <= most,
    "max_carbon_g_per_kwh": lambda most, _: lambda kind: kind.pool.carbon_g_per_kwh <= most,
    "max_rtt_us": _rtt,
    "link_gbps": lambda least, city: lambda kind: kind.pool.link_gbps.get(city, 0) >= least,
}


class Demand:
    """A requirement with a city and a class of work: which listings satisfy it."""

    __slots__ = (
        "aisles",
        "aisles_of",
        "chosen",
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
        self.tests = [
            _TESTS[name](wanted, city)
            for name, wanted in to_builtins(requires).items()  # only what is asked for
            if name in _TESTS
        ]
        self.known: dict[Kind, bool] = {}
        # In a split aisle: how many of its kinds were judged, and those that satisfy.
        self.chosen: dict[Aisle, tuple[int, list[Kind]]] = {}
        self.aisles: list[Aisle] = []
        self.aisles_of = 0  # how many aisles there were when these were chosen
        self.devices: Queue | None = None
        self.gflops: Queue | None = None

    def judge(self, kind: Kind) -> bool:
        """Tell whether listings of an aisle that it may enter satisfy it, and remember that."""
        fits = kind.firmness in self.requires.firmness
        for test in self.tests:
            if not test(kind):
                fits = False
                break
        self.known[kind] = fits
        return fits

    def choose(self, aisle: Aisle) -> list[Kind]:
        """Return the kinds of listings in the aisle that satisfy the requirement."""
        judged, kinds = self.chosen.get(aisle, (0, []))
        if judged < len(aisle.kinds):
            kinds = kinds + [kind for kind in aisle.kinds[judged:] if self.judge(kind)]
            self.chosen[aisle] = len(aisle.kinds), kinds
        return kinds

    def may_enter(self, aisle: Aisle) -> bool:
        """Tell whether devices of the aisle are of the family, chip and stack required."""
        wanted = self.requires
        return (
            (not wanted.families_allowed or aisle.family in wanted.families_allowed)
            and aisle.family not in wanted.families_excluded
            and (not wanted.chips_allowed or aisle.chip.code in wanted.chips_allowed)
            and (not wanted.stack or aisle.stack == wanted.stack)
        )

    def close(self, queue: "Queue") -> None:
        """Do without a queue in which nobody stands."""
        if queue.devices:
            self.devices = None
        else:
            self.gflops = None

    def forget(self) -> None:
        """Forget what listings were like."""
        self.known.clear()
        self.chosen.clear()
        self.aisles, self.aisles_of = [], 0

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
