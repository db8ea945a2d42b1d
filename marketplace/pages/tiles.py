"""The tile map of the market by one of four measures."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from counter.pictures import ProvinceFigure, Tile, tile_map
from counter.templatetags.figures import ms, percent, whole, yuan
from exchange.units import MICROS_PER_YUAN
from marketplace.domain.board import PlaceFigures, PoolRow, provinces_of

NEAR_US = 20_000
MEASURES: dict[str, tuple[str | Promise, str | Promise]] = {
    "price": (_("Price"), _("Mean ask, ¥ per P-hour, next 24 h")),
    "free": (_("Free"), _("Device-hours on offer, next 24 h")),
    "sold": (_("Sold"), _("Contracted device-hours, %, next 24 h")),
    "rtt": (_("RTT"), _("RTT to the city, ms, nearest centre")),
}


@dataclass(frozen=True)
class MeasureMap:
    """The map of one measure with the ends of its scale."""

    measure: str
    legend: str | Promise
    tiles: list[Tile]
    low: str
    high: str


def _tenth(micros: int) -> str:
    tenths = micros * 10 // MICROS_PER_YUAN
    return f"{tenths // 10}.{tenths % 10}"


def _value(place: PlaceFigures, measure: str) -> tuple[int, str] | None:
    """Return the measure's value and its printed text; none where there is no figure."""
    if measure == "free":
        return place.free_device_hours, _short(place.free_device_hours)
    if measure == "sold":
        return place.sold_bp, f"{place.sold_bp // 100}"
    figure = place.rtt_us if measure == "rtt" else place.price_micros
    if figure is None:
        return None
    return figure, f"{figure // 1000}" if measure == "rtt" else _tenth(figure)


def _short(number: int) -> str:
    return whole(number) if number < 10_000 else f"{number // 1000}k"


def _said(place: PlaceFigures) -> str:
    """Return what a reader hears after the figure."""
    known = {"price": yuan(place.price_micros), "rtt": ms(place.rtt_us)}
    return f", {known['price']} ¥/P·h, {percent(place.sold_bp)}, {known['rtt']} ms"


def tiles_of(rows: list[PoolRow], measure: str) -> MeasureMap:
    """Return the map of the measure; places without a figure print a dash."""
    figures: dict[str, ProvinceFigure] = {}
    for code, place in provinces_of(rows).items():
        value = _value(place, measure)
        if value is None:
            continue
        figures[code.upper()] = ProvinceFigure(
            value=value[0],
            text=value[1],
            said=_said(place),
            cluster=place.cluster,
            near=place.rtt_us is not None and place.rtt_us <= NEAR_US,
        )
    ends = sorted((figure.value, figure.text) for figure in figures.values())
    return MeasureMap(
        measure=measure,
        legend=MEASURES[measure][1],
        tiles=tile_map(figures, chinese=(get_language() or "").startswith("zh")),
        low=ends[0][1] if ends else "–",
        high=ends[-1][1] if ends else "–",
    )
