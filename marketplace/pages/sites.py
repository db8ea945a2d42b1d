"""Capacity: a seller's centres and pools, and the hours of one pool on one day."""

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members
from counter.pictures import Cell, HeatRow, step_of
from counter.templatetags.figures import day_of
from exchange.window import delivery_day, hour_of_day
from marketplace.models import Pool
from marketplace.queries.books import capacity_of
from timetable.queries import market_now

DAYS_SHOWN = 7


def day_asked(request: HttpRequest, today: date) -> date:
    """Return the day that `?day=` names, or today."""
    try:
        return datetime.strptime(request.GET.get("day", ""), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        return today


def capacity_rows(pool: Pool, day: date) -> list[HeatRow]:
    """Return idle, in orders and contracted devices of the pool for each hour of the day."""
    hours = capacity_of(pool.pk, day)
    words = (("idle", _("Idle")), ("in_orders", _("In orders")), ("contracted", _("Contracted")))
    rows = []
    for key, label in words:
        figures = [row[key] for row in hours] or [pool.devices if key == "idle" else 0] * 24
        cells = tuple(Cell(str(figure), step_of(figure, 0, pool.devices + 1)) for figure in figures)
        rows.append(HeatRow(label, cells))
    return rows


@require_safe
@for_members("SELLER", "CARRIER")
def sites(request: HttpRequest) -> HttpResponse:
    """List the member's pools by centre; `?pool=` and `?day=` choose the hours shown."""
    now = market_now()
    pools = list(
        Pool.objects.filter(site__owner_id=acting_of(request).member_id)
        .select_related("site__zone", "chip")
        .order_by("site__code", "code")
    )
    wanted = request.GET.get("pool", "")
    chosen = next((pool for pool in pools if pool.code == wanted), pools[0] if pools else None)
    day = day_asked(request, delivery_day(now))
    days = [delivery_day(now) + timedelta(days=index) for index in range(DAYS_SHOWN)]
    code = chosen.code if chosen else ""
    return TemplateResponse(
        request,
        "marketplace/sites.html",
        {
            "pools": pools,
            "chosen": chosen,
            "rows": capacity_rows(chosen, day) if chosen else [],
            "hours": [f"{hour:02d}" for hour in range(24)],
            "hour_now": f"{hour_of_day(now):02d}" if day == delivery_day(now) else "",
            "days": [
                (day_of(each), f"?pool={code}&day={each.isoformat()}", each == day) for each in days
            ],
            "devices": sum(pool.devices for pool in pools),
            "places": len({pool.site_id for pool in pools}),
        },
    )
