"""The market: where compute is cheap, what is in the book, what was paid."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exchange.window import HOUR, day_start, delivery_day, hour_number
from marketplace.domain.board import (
    Movement,
    PlaceFigures,
    PoolRow,
    clusters_of,
    figures_of,
    movement_of,
    others_of,
)
from marketplace.domain.products import ACCELERATORS
from marketplace.models import City
from marketplace.pages.books import TAPE, Book, book_of, hour_asked, place_names
from marketplace.pages.charts import price_chart
from marketplace.pages.tiles import MEASURES, tiles_of
from marketplace.queries.board import (
    AHEAD,
    paid_rows,
    pool_rows,
    turnover_since,
)
from marketplace.queries.chip_rows import chip_rows
from marketplace.queries.products import every_product
from marketplace.queries.snapshot import snapshot_for
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


def _zones(rows: list[PoolRow], paid: dict[str, Movement]) -> list[tuple[PlaceFigures, Movement]]:
    none = Movement(None, None)
    return [(zone, paid.get(zone.code, none)) for zone in clusters_of(rows)] + [
        (others_of(rows), none)
    ]


def _book(request: HttpRequest, now: datetime) -> Book:
    """Return the book of all accelerators in the hour asked for, else tomorrow night's."""
    hour = hour_asked(request) or tomorrow_night(now)
    product = every_product()[ACCELERATORS]
    shot = snapshot_for(product, first_hour=hour_number(hour), hours=1, trades=TAPE)
    return book_of(shot, hour, place_names())


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
            "chips": chip_rows(now),
            "book": _book(request, now),
        },
    )
