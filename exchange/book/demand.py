"""What orders require, seen from their city for their work: remembered, for many ask the same."""

from typing import Any, Final

from msgspec.structs import astuple

from exchange.book.commands import Requires
from exchange.book.language import Words
from exchange.book.shelves import Rack
from exchange.book.stock import Aisle, Kind

# Chip, family, stack, zone and memory: what a static band asks of a pool.
Sort = tuple[str, str, str, str, int]
# The highest limit per device-hour and per PFLOPS-hour, each with its chip; None: no bound.
Bound = tuple[int, str]
Band = tuple[Bound | None, Bound | None]
FIRMNESS: Final = frozenset({"FIRM", "RECALLABLE", "SURPLUS"})


def _within(found: int | None, most: int) -> bool:
    """An unknown figure satisfies no ceiling."""
    return found is not None and found <= most


class Demand:
    """A requirement with a city and a class of work: which listings satisfy it."""

    __slots__ = (
        "aisles",
        "aisles_of",
        "band",
        "band_of",
        "carbon",
        "chips",
        "chosen",
        "city",
        "devices",
        "excluded",
        "families",
        "firmness",
        "gb",
        "gbps",
        "gflops",
        "linked",
        "memory",
        "plain",
        "pue",
        "requires",
        "rtt",
        "scale_out",
        "scale_up",
        "stack",
        "whole_nodes",
        "words_known",
        "workload",
        "zones",
    )

    def __init__(self, requires: Requires, city: str, workload: str) -> None:
        self.requires = requires
        self.city = city
        self.workload = workload
        figures = astuple(requires)  # in the order of the fields: one by one would cost much more
        self.families: Words = figures[0]
        self.excluded: Words = figures[1]
        self.chips: Words = figures[2]
        self.stack: str = figures[3]
        self.memory: int = figures[4]
        self.scale_up: int = figures[5]
        self.scale_out: int = figures[6]
        self.rtt: int | None = figures[7]
        self.gbps: int = figures[8]
        self.gb: int = figures[9]
        self.firmness: Words = figures[10]
        self.zones: Words = figures[11]
        self.pue: int | None = figures[12]
        self.carbon: int | None = figures[13]
        self.linked = self.gbps > 0 or self.gb > 0
        self.whole_nodes = self.scale_up > 0
        self.plain = not (self.whole_nodes or self.linked)  # any device, by itself, will do
        self.words_known = bool(self.firmness) and FIRMNESS.issuperset(self.firmness)
        # The static band for its limits, and of which of the market's bands that is.
        self.band: Band = (None, None)
        self.band_of = -1
        # In a split aisle: how many of its kinds were judged, and those that satisfy.
        self.chosen: dict[Aisle, tuple[int, list[Kind]]] = {}
        self.aisles: list[Aisle] = []
        self.aisles_of = 0  # how many aisles there were when these were chosen
        self.devices: Queue | None = None
        self.gflops: Queue | None = None

    def suits(self, kind: Kind) -> bool:
        """Tell whether listings of an aisle that it may enter satisfy it."""
        if (
            kind.memory < self.memory
            or kind.scale_up < self.scale_up
            or kind.scale_out < self.scale_out
            or kind.firmness not in self.firmness
            or (self.zones and kind.zone not in self.zones)
        ):
            return False
        return (
            (self.rtt is None or _within(kind.rtt.get(self.city), self.rtt))
            and (self.pue is None or kind.pue <= self.pue)
            and (self.carbon is None or kind.carbon <= self.carbon)
        )

    def choose(self, aisle: Aisle) -> list[Kind]:
        """Return the kinds of listings in the aisle that satisfy the requirement."""
        judged, kinds = self.chosen.get(aisle, (0, []))
        if judged < len(aisle.kinds):
            kinds = kinds + [kind for kind in aisle.kinds[judged:] if self.suits(kind)]
            self.chosen[aisle] = len(aisle.kinds), kinds
        return kinds

    def may_enter(self, aisle: Aisle) -> bool:
        """Tell whether devices of the aisle are of the family, chip and stack required."""
        return (
            (not self.chips or aisle.chip.code in self.chips)
            and (not self.families or aisle.family in self.families)
            and aisle.family not in self.excluded
            and (not self.stack or aisle.stack == self.stack)
        )

    def close(self, queue: "Queue") -> None:
        """Do without a queue in which nobody stands."""
        if queue.devices:
            self.devices = None
        else:
            self.gflops = None

    def forget(self) -> None:
        """Forget what listings were like."""
        self.chosen.clear()
        self.aisles, self.aisles_of = [], 0

    def narrows_to(self, sort: Sort) -> bool:
        """Tell whether pools of the sort pass the conditions that bound the limit."""
        chip, family, stack, zone, memory_gb = sort
        return (
            memory_gb >= self.memory
            and (not self.families or family in self.families)
            and (not self.chips or chip in self.chips)
            and (not self.stack or stack == self.stack)
            and (not self.zones or zone in self.zones)
        )


class Queue:
    """Resting orders that require the same in the same unit."""

    __slots__ = ("count", "demand", "devices", "rack")

    def __init__(self, demand: Demand, *, devices: bool) -> None:
        self.demand = demand
        self.devices = devices
        self.rack: Rack[Any] = Rack()  # of orders
        self.count = 0
