"""The candles of a product: the server's drawing, data for the library, rows for the table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from counter.candles import Candles, Candlestick, candle_chart
from counter.charts import LineChart, round_ticks
from counter.templatetags.figures import day_of, instant, time_of, yuan
from exchange.units import MICROS_PER_FEN, MICROS_PER_YUAN
from marketplace.domain.products import Product
from marketplace.queries.candles import STEPS, Candle, candles_of, first_step

RANGES: dict[str, tuple[str | Promise, int]] = {
    "hour": (later("Hours"), 48),
    "day": (later("Days"), 60),
}
FEWEST_SLOTS = 12


@dataclass(frozen=True)
class CandleChart:
    """The candles of a step; no drawing while nothing has traded."""

    step: str
    ranges: list[tuple[str | Promise, str, bool]]
    drawing: LineChart | None
    every_seconds: int
    data: list[list[float | int | None]]
    rows: list[tuple[str, Candle]]


def candles_chart(product: Product, wanted: str, now: datetime) -> CandleChart:
    """Return the product's candles by hour (or by day, when asked for) up to now."""
    step = wanted if wanted in RANGES else "hour"
    most = RANGES[step][1]
    found = candles_of(product, step=step, now=now, most=most)
    slots = [first_step(step, now=now, most=most) + n * STEPS[step] for n in range(most)]
    begun = slots.index(found[0].starts_at) if found else 0
    slots = slots[min(begun, most - FEWEST_SLOTS) :]
    return CandleChart(
        step=step,
        ranges=[(text, f"?step={key}#candles", key == step) for key, (text, _n) in RANGES.items()],
        drawing=_drawing(product, step, slots, found) if found else None,
        every_seconds=int(STEPS[step].total_seconds()),
        data=_data(slots, found),
        rows=[(_said(step, candle), candle) for candle in reversed(found)],
    )


def _said(step: str, candle: Candle) -> str:
    return instant(candle.starts_at) if step == "hour" else day_of(candle.starts_at)


def _drawing(product: Product, step: str, slots: list[datetime], found: list[Candle]) -> LineChart:
    low, high = (
        min(candle.low_micros for candle in found) // MICROS_PER_FEN,
        max(candle.high_micros for candle in found) // MICROS_PER_FEN,
    )
    marks: list[Any] = slots[:: max(1, len(slots) // 5)]
    said = _("Candles of %(product)s: from ¥ %(low)s to ¥ %(high)s, last ¥ %(last)s") % {
        "product": product.name,
        "low": yuan(low * MICROS_PER_FEN),
        "high": yuan(high * MICROS_PER_FEN),
        "last": yuan(found[-1].close_micros),
    }
    return candle_chart(
        Candles(
            sticks=[_stick(slots.index(candle.starts_at), candle) for candle in found],
            slots=len(slots),
            x_ticks=[
                (slots.index(slot), time_of(slot) if step == "hour" else day_of(slot))
                for slot in marks
            ],
            y_ticks=[
                (tick, f"{tick // 100}.{tick % 100:02d}") for tick in round_ticks(low, high + 1)
            ],
            label=said,
        )
    )


def _stick(slot: int, candle: Candle) -> Candlestick:
    return Candlestick(
        slot=slot,
        opened=candle.open_micros // MICROS_PER_FEN,
        high=candle.high_micros // MICROS_PER_FEN,
        low=candle.low_micros // MICROS_PER_FEN,
        closed=candle.close_micros // MICROS_PER_FEN,
        volume=candle.volume,
    )


def _data(slots: list[datetime], found: list[Candle]) -> list[list[float | int | None]]:
    """Return seconds, open, high, low, close and volume; yuan for the drawing library only."""
    by_slot = {candle.starts_at: candle for candle in found}
    prices = [
        [_yuan(by_slot.get(slot), name) for slot in slots]
        for name in ("open_micros", "high_micros", "low_micros", "close_micros")
    ]
    volumes: list[float | int | None] = [
        by_slot[slot].volume if slot in by_slot else 0 for slot in slots
    ]
    return [[int(slot.timestamp()) for slot in slots], *prices, volumes]


def _yuan(candle: Candle | None, name: str) -> float | None:
    return None if candle is None else int(getattr(candle, name)) / MICROS_PER_YUAN
