"""What of carriers' links goes into an auction's book: as much as its orders could use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive hours of an auction, from its first, with the same Gbit/s in each."""

    first_hour: int
    hours: int
    gbps: int


def asks_link(bid: Mapping[str, Any]) -> bool:
    """Tell whether a bid of docs/auction-format.md asks for a link."""
    return bool(bid.get("link_gbps") or bid.get("move_gb"))


def most_asked(orders: Iterable[Sequence[Json]]) -> dict[str, int]:
    """Return by city the most Gbit/s that orders, each its alternatives, could use together.

    Of an order that only moves data a link must stand there, with 1 Gbit/s.
    """
    asked: dict[str, int] = {}
    for bids in orders:
        most: dict[str, int] = {}
        for bid in filter(asks_link, bids):
            city = bid["city"]
            most[city] = max(most.get(city, 1), bid.get("link_gbps", 0))
        for city, gbps in most.items():
            asked[city] = asked.get(city, 0) + gbps
    return asked


def runs_of(free_gbps: Sequence[int], most_gbps: int) -> list[Run]:
    """Return what of a link's free Gbit/s, hour by hour, goes in: at most `most_gbps` an hour."""
    runs: list[Run] = []
    for hour, free in enumerate(free_gbps):
        gbps = max(0, min(free, most_gbps))
        last = runs[-1] if runs else None
        if last is not None and last.gbps == gbps and last.first_hour + last.hours == hour:
            runs[-1] = Run(first_hour=last.first_hour, hours=last.hours + 1, gbps=gbps)
        elif gbps:
            runs.append(Run(first_hour=hour, hours=1, gbps=gbps))
    return runs
