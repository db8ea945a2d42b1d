"""Sold against used, one dot a centre: binned dots as SVG, single dots for the library."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isqrt

from oversight.queries import SiteUse

BINS = 25
LEFT, RIGHT, TOP, BOTTOM = 40, 624, 16, 290


@dataclass(frozen=True)
class Dot:
    """A bin's centres: place in the picture and radius, in tenths where needed."""

    x: int
    y: int
    radius: str


@dataclass(frozen=True)
class Band:
    """Centres of one band of the contracted ratio, with their median utilisation."""

    low: int
    high: int
    centres: int
    median_bp: int | None


@dataclass(frozen=True)
class Scatter:
    """The picture, its table, and the thresholds drawn into it."""

    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    ticks: tuple[tuple[int, int, int], ...]
    x_limit: int | None
    y_limit: int | None
    x_limit_bp: int | None
    y_limit_bp: int | None
    centres: int


def pairs(uses: Iterable[SiteUse]) -> list[tuple[int, int]]:
    """Return (contracted, utilisation) in basis points of the centres that have both."""
    return [
        (use.contracted_bp, use.utilisation_bp)
        for use in uses
        if use.contracted_bp is not None and use.utilisation_bp is not None
    ]


def across(contracted_bp: int) -> int:
    """Return the horizontal place of a contracted ratio; above 100 % stays at the edge."""
    return LEFT + min(contracted_bp, 10_000) * (RIGHT - LEFT) // 10_000


def up(utilisation_bp: int) -> int:
    """Return the vertical place of a utilisation."""
    return BOTTOM - min(utilisation_bp, 10_000) * (BOTTOM - TOP) // 10_000


def scatter_of(
    uses: Iterable[SiteUse], *, contracted_limit_bp: int | None, utilisation_limit_bp: int | None
) -> Scatter:
    """Return the picture of the centres with the two thresholds in force."""
    points = pairs(uses)
    bins = Counter((min(x * BINS // 10_000, 24), min(y * BINS // 10_000, 24)) for x, y in points)
    half = 10_000 // BINS // 2
    return Scatter(
        dots=tuple(
            Dot(
                across(x * 10_000 // BINS + half),
                up(y * 10_000 // BINS + half),
                _radius(number, max(bins.values())),
            )
            for (x, y), number in sorted(bins.items())
        ),
        bands=_bands(points),
        ticks=tuple((value, across(value * 100), up(value * 100)) for value in range(0, 101, 25)),
        x_limit=None if contracted_limit_bp is None else across(contracted_limit_bp),
        y_limit=None if utilisation_limit_bp is None else up(utilisation_limit_bp),
        x_limit_bp=contracted_limit_bp,
        y_limit_bp=utilisation_limit_bp,
        centres=len(points),
    )


def _radius(number: int, most: int) -> str:
    """Area grows with the number: 1.3 for one of many, 5.5 for the fullest bin."""
    tenths = 13 + 42 * isqrt(number * 10_000 // most) // 100
    return f"{tenths // 10}.{tenths % 10}"


def _bands(points: list[tuple[int, int]]) -> tuple[Band, ...]:
    by_band: Mapping[int, list[int]] = {low: [] for low in range(0, 100, 20)}
    for contracted, utilisation in points:
        by_band[min(contracted // 2_000, 4) * 20].append(utilisation)
    return tuple(
        Band(low, low + 20, len(used), sorted(used)[len(used) // 2] if used else None)
        for low, used in by_band.items()
    )
