"""Depth as runs: so much at one price in each of some hours that follow one another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

BUY, SELL = "BUY", "SELL"


@dataclass(frozen=True, order=True)
class Run:
    """`quantity` in each of `hours` hours from `first_hour` on; a change is signed."""

    side: str
    price_micros: int
    first_hour: int
    hours: int
    quantity: int


@dataclass
class Levels:
    """Quantities by side, price and hour; what is zero is not there."""

    held: dict[tuple[str, int], dict[int, int]] = field(default_factory=dict)

    def add(self, runs: Iterable[Run]) -> "Levels":
        """Add the runs' quantities (a change may be negative) and return the levels."""
        for run in runs:
            hours = self.held.setdefault((run.side, run.price_micros), {})
            for hour in range(run.first_hour, run.first_hour + run.hours):
                hours[hour] = hours.get(hour, 0) + run.quantity
                if not hours[hour]:
                    del hours[hour]
        return self

    def runs(self, first_hour: int, last_hour: int) -> list[Run]:
        """Return what stands in [first, last) as the longest runs, by side, price and hour."""
        found: list[Run] = []
        for (side, price), hours in sorted(self.held.items()):
            inside = ((hour, hours[hour]) for hour in sorted(hours))
            kept = [(hour, amount) for hour, amount in inside if first_hour <= hour < last_hour]
            found.extend(Run(side, price, *run) for run in joined(kept))
        return found


def joined(amounts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield (first hour, hours, quantity) of equal quantities in hours that follow each other.

    The hours come in order; a quantity of zero is left out.
    """
    first = length = last = 0
    for hour, amount in amounts:
        if length and hour == first + length and amount == last:
            length += 1
            continue
        if length and last:
            yield first, length, last
        first, length, last = hour, 1, amount
    if length and last:
        yield first, length, last


def clipped(run: Run, first_hour: int, last_hour: int) -> Run | None:
    """Return the part of a run inside [first, last); None when there is none."""
    first = max(run.first_hour, first_hour)
    last = min(run.first_hour + run.hours, last_hour)
    if last <= first:
        return None
    return Run(run.side, run.price_micros, first, last - first, run.quantity)
