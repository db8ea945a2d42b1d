"""What is on offer by delivery hour, as a heat map of days and hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from counter.pictures import Cell, HeatRow, step_of
from counter.templatetags.figures import short_pflops, whole, yuan
from exchange.units import MICROS_PER_YUAN, half_even_div
from exchange.window import HOUR, MARKET_ZONE, hour_number, hour_start
from marketplace.domain.levels import SELL
from marketplace.pages.books import START
from marketplace.queries.snapshot import Snapshot

DAYS = 7
MEASURES = ("price", "free")


@dataclass(frozen=True)
class Offered:
    """What one delivery hour has on offer, and the cheapest price."""

    best_micros: int
    quantity: int


@dataclass(frozen=True)
class HourMap:
    """The heat map with the ends of its scale, and the whole that it adds up to."""

    rows: list[HeatRow]
    low: str
    high: str
    total: int
    best_micros: int | None
    chosen: datetime


def offered_by_hour(snapshot: Snapshot, first_open: int) -> dict[int, Offered]:
    """Return what is on offer in each hour that still trades."""
    best: dict[int, int] = {}
    free: dict[int, int] = {}
    # Runs come by price, the lowest first: the first that covers an hour is its cheapest.
    for run in snapshot.levels:
        if run.side != SELL:
            continue
        for hour in range(max(run.first_hour, first_open), run.first_hour + run.hours):
            best.setdefault(hour, run.price_micros)
            free[hour] = free.get(hour, 0) + run.quantity
    return {hour: Offered(price, free[hour]) for hour, price in best.items()}


def hour_map(
    snapshot: Snapshot, *, first_open: int, measure: str, asked: datetime | None
) -> HourMap:
    """Return the map of a measure: the cheapest ask, or what is free, by day and hour.

    The chosen hour is the one asked for, else the cheapest, else the first that trades.
    """
    offered = offered_by_hour(snapshot, first_open)
    compute = snapshot.product.by_compute
    values = {hour: _value(one, measure) for hour, one in offered.items()}
    ends = (min(values.values(), default=0), max(values.values(), default=0) + 1)
    cheapest = min(offered, key=lambda hour: (offered[hour].best_micros, hour), default=None)
    chosen = _chosen(snapshot, asked, first_open if cheapest is None else cheapest)

    def cell(hour: int) -> Cell:
        if hour not in offered:
            closed = hour < first_open
            return Cell("", reason=_("trading has closed") if closed else _("nothing on offer"))
        at = hour_start(hour)
        return Cell(
            text=_text(values[hour], measure, compute=compute),
            step=step_of(values[hour], *ends),
            href=f"?m={measure}&hour={at.astimezone(MARKET_ZONE).strftime(START)}#book",
            best=hour == cheapest,
            chosen=hour == chosen,
        )

    return HourMap(
        rows=[
            HeatRow(weekday, tuple(cell(hour) for hour in hours), day)
            for weekday, day, hours in _days(snapshot)
        ],
        low=_text(ends[0], measure, compute=compute, whole_price=True),
        high=_text(max(ends[1] - 1, 0), measure, compute=compute, whole_price=True),
        total=sum(one.quantity for one in offered.values()),
        best_micros=offered[cheapest].best_micros if cheapest is not None else None,
        chosen=hour_start(chosen),
    )


def _chosen(snapshot: Snapshot, asked: datetime | None, otherwise: int) -> int:
    hour = otherwise if asked is None else hour_number(asked)
    inside = snapshot.first_hour <= hour < snapshot.first_hour + snapshot.hours
    return hour if inside else otherwise


def _value(one: Offered, measure: str) -> int:
    return one.best_micros if measure == "price" else one.quantity


def _text(value: int, measure: str, *, compute: bool, whole_price: bool = False) -> str:
    if measure == "price":
        return yuan(value) if whole_price else _three_digits(value)
    return short_pflops(value) if compute else _short(value)


def _three_digits(micros: int) -> str:
    """Return a price as it fits a cell: `4.61`, `13.4`, `104`."""
    if micros < 10 * MICROS_PER_YUAN:
        return yuan(micros)
    tenths = half_even_div(micros, MICROS_PER_YUAN // 10)
    return f"{tenths // 10}.{tenths % 10}" if tenths < 1_000 else str(tenths // 10)


def _short(number: int) -> str:
    return whole(number) if number < 1_000 else f"{number // 1000}k"


def _days(snapshot: Snapshot) -> Iterator[tuple[str, str, range]]:
    """Yield weekday, day of the month and hours of each delivery day of the snapshot."""
    for first in range(snapshot.first_hour, snapshot.first_hour + snapshot.hours, 24):
        day = (hour_start(first) + HOUR - timedelta(seconds=1)).astimezone(MARKET_ZONE)
        weekday = f"周{'一二三四五六日'[day.weekday()]}" if _chinese() else f"{day:%a}"
        yield weekday, str(day.day), range(first, first + 24)


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
