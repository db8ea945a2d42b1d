"""The order book of one delivery hour and the tape: drawn by the server, moved on by the stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from counter.pictures import Rung, rungs
from counter.templatetags.figures import named, short_pflops, whole, yuan
from exchange.window import HOUR, MARKET_ZONE, floor_hour, hour_number
from marketplace.domain.board import Level, levels_of, step_for
from marketplace.domain.feed import PublicTrade
from marketplace.domain.levels import BUY, SELL
from marketplace.domain.products import Product
from marketplace.models import Zone
from marketplace.queries.snapshot import Snapshot

RUNGS = 8
START = "%Y-%m-%dT%H"
TAPE = 8


def place_names() -> dict[str, str]:
    """Return the zones' names in the reader's language, by code."""
    return {zone.code: named(zone) for zone in Zone.objects.all()}


def hour_asked(request: HttpRequest) -> datetime | None:
    """Return the delivery hour asked for (`?hour=2026-11-24T02`, in Shanghai), if any."""
    try:
        wanted = datetime.strptime(request.GET.get("hour", ""), START).replace(tzinfo=MARKET_ZONE)
    except ValueError:
        return None
    return floor_hour(wanted)


@dataclass(frozen=True)
class TapeRow:
    """A trade with the name of its place; the price in the product's unit."""

    trade: PublicTrade
    price_micros: int
    place: str


@dataclass(frozen=True)
class Book:
    """Both sides of an hour, best first; `live` is what the page needs to follow the stream."""

    product: Product
    hour: datetime
    bids: list[Rung]
    asks: list[Rung]
    spread_micros: int | None
    tape: list[TapeRow]
    live: dict[str, Any]

    @property
    def ends_at(self) -> datetime:
        """Return the end of the delivery hour."""
        return self.hour + HOUR


def book_of(snapshot: Snapshot, hour: datetime, places: Mapping[str, str]) -> Book:
    """Return the book of a delivery hour inside the snapshot, with the newest trades."""
    product = snapshot.product
    sides = {side: _levels(snapshot, hour_number(hour), side) for side in (BUY, SELL)}
    buys = levels_of(sides[BUY], most=RUNGS, dearest_first=True)
    sells = levels_of(sides[SELL], most=RUNGS, dearest_first=False)
    return Book(
        product=product,
        hour=hour,
        bids=_rungs(product, buys),
        asks=_rungs(product, sells),
        spread_micros=sells[0].price_micros - buys[0].price_micros if buys and sells else None,
        tape=[
            TapeRow(row, _price(product, row), places.get(row.zone, row.zone))
            for row in snapshot.tape
        ],
        live={
            "product": product.code,
            "compute": product.by_compute,
            "number": snapshot.number,
            "hour": hour_number(hour),
            "rungs": RUNGS,
            "tape": TAPE,
            "levels": [[side, *level] for side, levels in sides.items() for level in levels],
            "steps": {side: step_for(levels, most=RUNGS) for side, levels in sides.items()},
            "places": dict(places),
        },
    )


def _levels(snapshot: Snapshot, hour: int, side: str) -> list[tuple[int, int]]:
    """Return (price, quantity) of the hour, the best first."""
    found = [
        (run.price_micros, run.quantity)
        for run in snapshot.levels
        if run.side == side and run.first_hour <= hour < run.first_hour + run.hours
    ]
    return sorted(found, reverse=side == BUY)


def _price(product: Product, trade: PublicTrade) -> int:
    return trade.price_micros_per_pflops_hour if product.by_compute else trade.price_micros


def _rungs(product: Product, levels: tuple[Level, ...]) -> list[Rung]:
    said = short_pflops if product.by_compute else whole
    return rungs((yuan(row.price_micros), said(row.gflops), row.gflops) for row in levels)
