"""Centres: a public page for each, so that a buyer knows before buying."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from counter.paging import page_of
from oversight.domain.facts import Source
from oversight.pages.words import chinese, province_name, thousandths
from oversight.queries.centres import (
    centre_with,
    chips_at,
    records_of,
    round_trips,
)
from oversight.queries.centres import (
    centres as all_centres,
)
from oversight.queries.registry import provinces
from oversight.queries.subjects import nearest_rtts

METHODS = {
    "NOMINAL": _("nominal"),
    "MEASURED": _("measured"),
    "LABORATORY": _("accredited laboratory"),
    "ESTIMATED": _("estimated"),
}
# Public pages ask through the role that can only read.
READER = "reader"


@require_safe
def centres(request: HttpRequest) -> HttpResponse:
    """List the centres; `?q=` and `?province=` narrow the list."""
    search = request.GET.get("q", "").strip()[:60]
    province = request.GET.get("province", "")[:40]
    page = page_of(request, all_centres(search=search, province=province, using=READER))
    ids = [site.pk for site in page]
    chips, records = chips_at(ids, using=READER), records_of(ids, using=READER)
    nearest = nearest_rtts(site_ids=ids, using=READER)
    rows = []
    for site in page:
        record, rtt = records.get(site.pk), nearest.get(site.pk)
        rows.append(
            {
                "site": site,
                "name": site.name_zh if chinese() else site.name,
                "place": _place(site),
                "pools": chips.get(site.pk, []),
                "pue": thousandths(site.pue_thousandths),
                "rtt_us": rtt.value if rtt else None,
                "method": METHODS[
                    "MEASURED" if rtt and rtt.source is Source.MEASURED else "ESTIMATED"
                ],
                "share_bp": record.share_bp if record else None,
            }
        )
    return TemplateResponse(
        request,
        "oversight/centres.html",
        {
            "page": page,
            "rows": rows,
            "chosen": {"search": search, "province": province},
            "filtered": bool(search or province),
            "provinces": [(code, province_name(code)) for code in provinces(READER)],
        },
    )


@require_safe
def centre(request: HttpRequest, code: str) -> HttpResponse:
    """Show one centre: chips, round-trip times, PUE, delivery record."""
    site = centre_with(code, using=READER)
    if site is None:
        raise Http404
    pools: list[Any] = chips_at([site.pk], using=READER).get(site.pk, [])
    for pool in pools:
        pool.shown_method = METHODS.get(pool.method or "", "–")
    rtts: list[Any] = round_trips(site.pk, using=READER)
    for row in rtts:
        row.shown_method = METHODS.get(row.method, row.method)
        row.shown_city = row.city.name_zh if chinese() else row.city.name
    limit = site.zone.pue_limit_thousandths
    return TemplateResponse(
        request,
        "oversight/centre.html",
        {
            "site": site,
            "name": site.name_zh if chinese() else site.name,
            "owner": (site.owner.name_zh if chinese() else "") or site.owner.name,
            "place": _place(site),
            "pools": pools,
            "devices": sum(pool.devices for pool in pools),
            "rtts": rtts,
            "nearest": rtts[0] if rtts else None,
            "pue": thousandths(site.pue_thousandths),
            "pue_limit": thousandths(limit) if limit else "",
            "pue_within": limit is None or site.pue_thousandths <= limit,
            "record": records_of([site.pk], using=READER).get(site.pk),
        },
    )


def _place(site: Any) -> str:
    zone = site.zone.name_zh if chinese() else site.zone.name
    return (
        f"{zone}, {province_name(site.zone.province)}"
        if not chinese()
        else (f"{province_name(site.zone.province)} · {zone}")
    )
