"""The market: where compute is cheap, what is in the book, what was paid."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.pictures import Rung, rungs
from counter.templatetags.figures import short_pflops, yuan
from exchange.window import HOUR, MARKET_ZONE, day_start, delivery_day, floor_hour
from marketplace.domain.board import (
    Level,
    Movement,
    PlaceFigures,
    PoolRow,
    clusters_of,
    figures_of,
    movement_of,
    others_of,
)
from marketplace.models import City
from marketplace.pages.charts import price_chart
from marketplace.pages.tiles import MEASURES, tiles_of
from marketplace.queries.board import (
    AHEAD,
    Depth,
    depth_at,
    last_trades,
    paid_rows,
    pool_rows,
    turnover_since,
)
from timetable.queries import market_now

HOME_CITY = "shanghai"
NEAR_US = 20_000
NIGHT_HOUR = 2


def _city(request: HttpRequest) -> City | None:
    code = request.GET.get("city", HOME_CITY)
    return City.objects.filter(code=code).first() or City.objects.first()


def tomorrow_night(now: datetime) -> datetime:
    """Return the delivery hour whose book is shown: tomorrow 02:00 Asia/Shanghai."""
    return day_start(delivery_day(now + timedelta(days=1))) + NIGHT_HOUR * HOUR


def _hour(request: HttpRequest, now: datetime) -> datetime:
    """Return the delivery hour asked for (`?hour=2026-11-24T02`), else tomorrow night's."""
    try:
        wanted = datetime.strptime(request.GET.get("hour", ""), "%Y-%m-%dT%H").replace(
            tzinfo=MARKET_ZONE
        )
    except ValueError:
        return tomorrow_night(now)
    return floor_hour(wanted)


def _rungs(levels: tuple[Level, ...]) -> list[Rung]:
    return rungs((yuan(row.price_micros), short_pflops(row.gflops), row.gflops) for row in levels)


def _zones(rows: list[PoolRow], paid: dict[str, Movement]) -> list[tuple[PlaceFigures, Movement]]:
    none = Movement(None, None)
    return [(zone, paid.get(zone.code, none)) for zone in clusters_of(rows)] + [
        (others_of(rows), none)
    ]


def _book(depth: Depth) -> dict[str, Any]:
    return {
        "depth": depth,
        "bids": _rungs(depth.buys),
        "asks": _rungs(depth.sells),
        "depth_ends_at": depth.hour + HOUR,
    }


@require_safe
def market(request: HttpRequest) -> HttpResponse:
    """Show the market to anyone; `?m=` measure of the map, `?r=` range of the chart."""
    now = market_now()
    city = _city(request)
    rows = pool_rows(now, city.pk if city else None)
    paid = paid_rows(now)
    by_zone = {
        code: [row for row in paid if row.zone_code == code]
        for code in {row.zone_code for row in paid}
    }
    near = sorted({row.site_id for row in rows if row.rtt_us and row.rtt_us <= NEAR_US})
    measure = request.GET.get("m", "")
    return TemplateResponse(
        request,
        "marketplace/market.html",
        {
            "now": now,
            "city": city,
            "whole": figures_of(rows, "all"),
            "index": movement_of(paid),
            "turnover": turnover_since(now - AHEAD, now),
            "zones": _zones(rows, {code: movement_of(group) for code, group in by_zone.items()}),
            "measures": MEASURES,
            "map": tiles_of(rows, measure if measure in MEASURES else "price"),
            "prices": price_chart(request.GET.get("r", ""), now, near, _("Price paid")),
            "trades": last_trades(8),
            **_book(depth_at(_hour(request, now))),
        },
    )
