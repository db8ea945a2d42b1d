"""The chart of prices paid: the server's drawing, and the same figures for uPlot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counter.charts import LineChart, Plot, line_chart, round_ticks
from counter.templatetags.figures import day_of, instant, time_of
from exchange.units import MICROS_PER_YUAN
from marketplace.queries.board import price_series

RANGES: dict[str, tuple[str | Promise, timedelta, timedelta]] = {
    "1d": (_("1 d"), timedelta(days=1), timedelta(hours=1)),
    "7d": (_("7 d"), timedelta(days=7), timedelta(hours=6)),
    "30d": (_("30 d"), timedelta(days=30), timedelta(days=1)),
}
USUAL = "7d"
FEWEST_SLOTS = 8
Points = list[tuple[datetime, int]]


@dataclass(frozen=True)
class PriceChart:
    """The prices of a range: a drawing, data for the library, and rows for the table."""

    chosen: str
    ranges: list[tuple[str | Promise, str, bool]]
    drawing: LineChart | None
    data: list[list[int | float | None]]
    rows: list[tuple[str, int | None, int | None]]


def price_chart(wanted: str, now: datetime, near_sites: list[int], label: str) -> PriceChart:
    """Return the chart of what was paid per P-hour, everywhere and within 20 ms.

    Without a range asked for, it is the shortest that has a line to draw.
    """
    if wanted in RANGES:
        return _chart_of(wanted, now, near_sites, label)
    for shortest in RANGES:
        chart = _chart_of(shortest, now, near_sites, label)
        if chart.drawing:
            return chart
    return _chart_of(USUAL, now, near_sites, label)


def _chart_of(chosen: str, now: datetime, near_sites: list[int], label: str) -> PriceChart:
    _label, span, step = RANGES[chosen]
    since = _rounded(now - span, step)
    everywhere = price_series(since=since, now=now, step=step)
    near = price_series(since=since, now=now, step=step, sites=near_sites)
    slots = [since + step * index for index in range((now - since) // step + 1)]
    found: list[dict[datetime, int]] = [dict(everywhere), dict(near)]
    slots = _since_trading_began(slots, found[0])
    return PriceChart(
        chosen=chosen,
        ranges=[(text, f"?r={key}", key == chosen) for key, (text, _s, _t) in RANGES.items()],
        drawing=_drawing(slots, found, label, day=span <= timedelta(days=1)),
        data=[
            [int(slot.timestamp()) for slot in slots],
            *([_yuan(series.get(slot)) for slot in slots] for series in found),
        ],
        rows=[(instant(slot), *(series.get(slot) for series in found)) for slot in slots],  # type: ignore[misc]
    )


def _since_trading_began(slots: list[datetime], prices: dict[datetime, int]) -> list[datetime]:
    """Leave out the empty time before the first trade of the range; keep a few slots."""
    begun = slots.index(min(prices)) if prices else 0
    return slots[min(begun, max(len(slots) - FEWEST_SLOTS, 0)) :]


def _yuan(micros: int | None) -> float | None:
    """Return yuan for the drawing library only; no figure is computed from it."""
    return None if micros is None else micros / MICROS_PER_YUAN


def _rounded(moment: datetime, step: timedelta) -> datetime:
    """Return the moment cut to whole steps of the Shanghai day (16:00 UTC begins it)."""
    length = int(step.total_seconds())
    shifted = int(moment.timestamp()) + 8 * 3600
    return moment - timedelta(seconds=shifted % length, microseconds=moment.microsecond)


def _drawing(
    slots: list[datetime], found: list[dict[datetime, int]], label: str, *, day: bool
) -> LineChart | None:
    paid = [price for series in found for price in series.values()]
    if max(len(series) for series in found) < 2:
        return None
    ticks = round_ticks(min(paid) // 10_000, max(paid) // 10_000)
    marks: list[Any] = slots[:: max(1, len(slots) // 5)]
    series = [
        [(number, _cents(prices.get(slot))) for number, slot in enumerate(slots)]
        for prices in found
    ]
    return line_chart(
        Plot(
            series=series,
            x_ticks=[(slots.index(slot), time_of(slot) if day else day_of(slot)) for slot in marks],
            y_ticks=[(tick, f"{tick // 100}.{tick % 100:02d}") for tick in ticks],
            label=label,
        )
    )


def _cents(micros: int | None) -> int | None:
    return None if micros is None else micros // 10_000
