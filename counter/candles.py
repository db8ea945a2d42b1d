"""Candles with volume below, as the server draws them: wide and narrow."""

from collections.abc import Sequence
from dataclasses import dataclass

from counter.charts import LineChart, Stick, Tick, View

SHAPES = (("wide", 640, 280), ("narrow", 400, 280))
VOLUME_HEIGHT = 48
FOOT = 24
LEFT = 48


@dataclass(frozen=True)
class Candlestick:
    """Prices of one step on the time axis, and what was traded in it, in whole numbers."""

    slot: int
    opened: int
    high: int
    low: int
    closed: int
    volume: int


@dataclass(frozen=True)
class Candles:
    """What to draw: sticks among `slots` steps, with ticks as (value, text)."""

    sticks: Sequence[Candlestick]
    slots: int
    x_ticks: Sequence[tuple[int, str]]
    y_ticks: Sequence[tuple[int, str]]
    label: str


def candle_chart(plot: Candles) -> LineChart:
    """Return the drawings of the candles in each shape."""
    return LineChart(plot.label, tuple(_view(plot, *shape) for shape in SHAPES))


@dataclass(frozen=True)
class _Sheet:
    """The paper of one shape: where slots, prices and volumes stand."""

    plot: Candles
    width: int
    height: int
    low: int
    high: int

    @property
    def body(self) -> int:
        """Return how wide a body is: three fifths of a slot."""
        return max(2, (self.width - LEFT - 16) * 6 // (self.plot.slots * 10))

    def across(self, slot: int) -> int:
        return LEFT + (2 * slot + 1) * (self.width - LEFT - 16) // (2 * self.plot.slots)

    def up(self, value: int) -> int:
        floor = self.height - FOOT - VOLUME_HEIGHT - 8
        return floor - (value - self.low) * (floor - 14) // ((self.high - self.low) or 1)

    def drawn(self, stick: Candlestick, most: int) -> Stick:
        top = self.up(max(stick.opened, stick.closed))
        bottom = self.up(min(stick.opened, stick.closed))
        bar = max(1, stick.volume * VOLUME_HEIGHT // most)
        return Stick(
            x=self.across(stick.slot),
            high=self.up(stick.high),
            low=self.up(stick.low),
            left=self.across(stick.slot) - self.body // 2,
            width=self.body,
            top=top,
            height=max(1, bottom - top),
            rose=stick.closed >= stick.opened,
            bar_top=self.height - FOOT - bar,
            bar_height=bar,
        )


def _view(plot: Candles, kind: str, width: int, height: int) -> View:
    values = [value for stick in plot.sticks for value in (stick.low, stick.high)]
    values += [value for value, _text in plot.y_ticks]
    sheet = _Sheet(plot, width, height, min(values, default=0), max(values, default=1))
    most = max((stick.volume for stick in plot.sticks), default=1) or 1
    return View(
        kind=kind,
        width=width,
        height=height,
        left=LEFT,
        x_ticks=tuple(
            Tick(at, text, anchor="middle" if at < width - 40 else "end")
            for at, text in ((sheet.across(slot), text) for slot, text in plot.x_ticks)
        ),
        y_ticks=tuple(
            Tick(sheet.up(value), text, sheet.up(value) + 4) for value, text in plot.y_ticks
        ),
        sticks=tuple(sheet.drawn(stick, most) for stick in plot.sticks),
    )
