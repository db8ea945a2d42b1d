"""Line charts that the server draws as SVG: wide and narrow, the library only takes them over."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tick:
    """A tick of an axis: where its line and text stand."""

    at: int
    text: str
    text_at: int = 0
    anchor: str = ""
    zero: bool = False


@dataclass(frozen=True)
class Mark:
    """A dashed vertical line with a word at its foot or head."""

    at: int
    text: str
    text_at: int
    anchor: str


@dataclass(frozen=True)
class Line:
    """One series (1–5) as the points of a polyline; a gap starts a new Line."""

    series: int
    points: str


@dataclass(frozen=True)
class Dot:
    """A point that is meant: the present choice on a what-if curve."""

    x: int
    y: int
    series: int = 1


@dataclass(frozen=True)
class Stick:
    """A candle: its wick from `high` to `low`, its body, and the volume's bar below.

    A body that rose is hollow, one that fell is filled: told without colour.
    """

    x: int
    high: int
    low: int
    left: int
    width: int
    top: int
    height: int
    rose: bool
    bar_top: int
    bar_height: int


@dataclass(frozen=True)
class View:
    """One drawing of the chart at one shape."""

    kind: str
    width: int
    height: int
    left: int
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    bands: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    dots: tuple[Dot, ...] = ()
    sticks: tuple[Stick, ...] = ()

    @property
    def right(self) -> int:
        """Return where horizontal lines end."""
        return self.width - 8

    @property
    def left_text(self) -> int:
        """Return where the texts of the vertical axis end."""
        return self.left - 6

    @property
    def bottom_text(self) -> int:
        """Return the base line of the texts of the horizontal axis."""
        return self.height - 5

    @property
    def top(self) -> int:
        """Return where marks begin."""
        return 14

    @property
    def bottom(self) -> int:
        """Return the height of the lowest line."""
        return self.height - 24

    @property
    def mark_text(self) -> int:
        """Return the base line of a mark's word."""
        return 26


@dataclass(frozen=True)
class LineChart:
    """A chart: a sentence for readers, and its drawings."""

    label: str
    views: tuple[View, ...]


@dataclass(frozen=True)
class Plot:
    """What to draw: series over whole numbers, with ticks as (value, text).

    A None in a series is a gap. `marks` and `dots` are (x, text) and (x, y, series); `band` is
    a filled stretch between two heights, as (x, low, high).
    """

    series: Sequence[Sequence[tuple[int, int | None]]]
    x_ticks: Sequence[tuple[int, str]]
    y_ticks: Sequence[tuple[int, str]]
    label: str
    marks: Sequence[tuple[int, str]] = ()
    dots: Sequence[tuple[int, int, int]] = ()
    band: Sequence[tuple[int, int, int]] = ()
    left: int = 44
    shapes: Sequence[tuple[str, int, int]] = field(
        default=(("wide", 640, 250), ("narrow", 400, 240))
    )


def line_chart(plot: Plot) -> LineChart:
    """Return the drawings of a plot in each of its shapes."""
    return LineChart(plot.label, tuple(_view(plot, *shape) for shape in plot.shapes))


def _view(plot: Plot, kind: str, width: int, height: int) -> View:
    xs = [x for line in plot.series for x, _ in line]
    xs += [x for x, _ in plot.x_ticks] + [x for x, *_ends in plot.band]
    ys = [y for line in plot.series for _, y in line if y is not None]
    ys += [y for y, _ in plot.y_ticks] + [y for _, *ends in plot.band for y in ends]
    x_low, x_high = min(xs, default=0), max(xs, default=1)
    y_low, y_high = min(ys, default=0), max(ys, default=1)

    def across(x: int) -> int:
        return plot.left + (x - x_low) * (width - plot.left - 16) // ((x_high - x_low) or 1)

    def up(y: int) -> int:
        return height - 24 - (y - y_low) * (height - 44) // ((y_high - y_low) or 1)

    return View(
        kind=kind,
        width=width,
        height=height,
        left=plot.left,
        x_ticks=tuple(
            Tick(across(x), text, anchor="middle" if across(x) < width - 40 else "end")
            for x, text in plot.x_ticks
        ),
        y_ticks=tuple(Tick(up(y), text, up(y) + 4, zero=y == 0) for y, text in plot.y_ticks),
        bands=_outline([(across(x), up(low), up(high)) for x, low, high in plot.band]),
        lines=tuple(
            Line(number, points)
            for number, line in enumerate(plot.series, 1)
            for points in _pieces([(across(x), None if y is None else up(y)) for x, y in line])
        ),
        marks=tuple(_mark(across(x), text, width) for x, text in plot.marks),
        dots=tuple(Dot(across(x), up(y), series) for x, y, series in plot.dots),
    )


def _mark(at: int, text: str, width: int) -> Mark:
    if at > width // 2:
        return Mark(at, text, at - 6, "end")
    return Mark(at, text, at + 6, "start")


def _outline(band: Sequence[tuple[int, int, int]]) -> tuple[str, ...]:
    """Return the outline of a band: along its upper edge, and back along its lower one."""
    there = [f"{x},{high}" for x, _low, high in band]
    back = [f"{x},{low}" for x, low, _high in reversed(band)]
    return (" ".join([*there, *back]),) if len(band) > 1 else ()


def _pieces(points: Sequence[tuple[int, int | None]]) -> list[str]:
    """Return the polyline's runs of points between gaps."""
    runs: list[list[str]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append(f"{x},{y}")
    return [" ".join(run) for run in runs if len(run) > 1]


def round_ticks(low: int, high: int, wanted: int = 5) -> list[int]:
    """Return four to seven round values that cover `low` to `high`, whole numbers all."""
    span = max(1, high - low)
    step = 1
    while span // step > wanted:
        for factor in (2, 5, 10):
            if span // (step * factor) <= wanted:
                step *= factor
                break
        else:
            step *= 10
    first = low // step * step
    ticks = [first]
    while ticks[-1] < high:
        ticks.append(ticks[-1] + step)
    return ticks
