"""The seller's desk: idle hours proposed as listings, the five numbers, limits, deliveries."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counter.access import acting_of, for_members
from counter.templatetags.figures import day_of
from delivery.queries import delivered_shares, deliveries_of
from desk.domain.proposals import proposals_for
from desk.pages.seller_heat import heat_rows, thresholds_of
from desk.queries.capacity import five_numbers
from desk.queries.seller import busiest, idle_hours_of, pools_of, seller_figures
from exchange.window import delivery_day, hour_of_day
from marketplace.actions import publish_listing
from marketplace.models import Listing, Pool
from marketplace.queries import listings_of
from marketplace.queries.references import references_at
from timetable.queries import market_now

DAYS = 4
LISTINGS = 12
LIVE = ("PROVISIONING", "ACCEPTED", "DELIVERING", "INTERRUPTED")


@require_safe
@for_members("SELLER")
def seller_desk(request: HttpRequest) -> HttpResponse:
    """Show the desk; `?pool=` and `?day=` choose what the capacity card shows."""
    member_id, now = acting_of(request).member_id or 0, market_now()
    pools = pools_of(member_id)
    idle = idle_hours_of(pools, now)
    by_id = {pool.pk: pool for pool in pools}
    proposals = [(by_id[one.pool_id], one) for one in proposals_for(idle)]
    return TemplateResponse(
        request,
        "desk/seller.html",
        {
            "pools": pools,
            "devices": sum(pool.devices for pool in pools),
            "sites": len({pool.site_id for pool in pools}),
            "figures": seller_figures(member_id, idle, now),
            "proposals": proposals,
            "listings": _listings(member_id, now),
            "deliveries": _deliveries(member_id),
            **_capacity(request, pools, now),
        },
    )


def _capacity(request: HttpRequest, pools: list[Pool], now: datetime) -> dict[str, object]:
    if not pools:
        return {}
    wanted = request.GET.get("pool", "")
    pool = next((one for one in pools if str(one.pk) == wanted), None) or busiest(pools, now)
    today = delivery_day(now)
    days = [today + timedelta(days=offset) for offset in range(-1, DAYS - 1)]
    day = next((one for one in days if one.isoformat() == request.GET.get("day")), today)
    return {
        "pool": pool,
        "day": day,
        "heat": heat_rows(five_numbers(pool, day), pool.devices),
        "hours": [f"{hour:02d}" for hour in range(24)],
        "now_hour": f"{hour_of_day(now):02d}" if day == today else "",
        "days": [_day_link(one, pool, day) for one in days],
        "thresholds": thresholds_of(pool, now),
    }


def _day_link(one: date, pool: Pool, chosen: date) -> tuple[str, str, bool]:
    return day_of(one), f"?pool={pool.pk}&day={one.isoformat()}#capacity", one == chosen


def _listings(member_id: int, now: datetime) -> list[tuple[Listing, int | None, int]]:
    """Return open listings with the chip's reference price and the share sold, in per cent."""
    rows = list(listings_of(member_id).filter(state="OPEN", ends_at__gt=now)[:LISTINGS])
    prices = references_at(now, [row.pool.chip_id for row in rows])
    return [
        (
            row,
            prices[row.pool.chip_id].price_micros if row.pool.chip_id in prices else None,
            100 - sum(row.free) * 100 // (row.devices * len(row.free)),
        )
        for row in rows
    ]


def _deliveries(member_id: int) -> list[tuple[object, int | None]]:
    """Return what is being handed over or delivered now, with the share delivered so far."""
    rows = [
        row
        for row in deliveries_of(member_id).filter(state__in=LIVE).order_by("starts_at")[:8]
        if row.agreement.seller_id == member_id
    ]
    shares = delivered_shares([row.pk for row in rows])
    return [(row, shares.get(row.pk)) for row in rows]


@require_POST
@for_members("SELLER", writes=True)
def list_proposal(request: HttpRequest) -> HttpResponse:
    """Publish a proposal as a firm listing; pressing twice publishes it once."""
    acting, form = acting_of(request), request.POST
    starts_at = parse_datetime(form.get("starts_at", ""))
    ends_at = parse_datetime(form.get("ends_at", ""))
    numbers = [form.get(name, "") for name in ("pool", "devices", "ask_micros")]
    if starts_at is None or ends_at is None or not all(one.isdecimal() for one in numbers):
        raise Http404
    pool_id, devices, ask_micros = (int(one) for one in numbers)
    listing = publish_listing(
        seller_id=acting.member_id or 0,
        client_order_id=f"desk-{pool_id}-{starts_at:%Y%m%d%H}-{ends_at:%d%H}-{devices}-{ask_micros}",
        pool_id=pool_id,
        devices=devices,
        starts_at=starts_at,
        ends_at=ends_at,
        ask_micros=ask_micros,
        person_id=acting.person_id,
        now=market_now(),
    )
    messages.success(request, _("Listing L%(number)s is published.") % {"number": listing.pk})
    return redirect("desk:seller")
