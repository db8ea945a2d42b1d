"""A carrier's links: what it offers, what is sold by hour, and changing an offer."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_safe

from counter.access import acting_of, for_members
from counter.fields import YuanField
from counter.paging import page_of
from counter.pictures import Cell, HeatRow, step_of
from counter.problems import sentence_of
from counter.templatetags.figures import day_of, plain_yuan
from exchange.refusal import Refused
from exchange.window import delivery_day, hour_of_day
from marketplace.actions import change_link, offer_link
from marketplace.domain.links import MOST_GBPS, REPORTED, LinkOffering
from marketplace.models import CarrierLink, City, Zone
from marketplace.pages.auctions.own import hours_of
from marketplace.pages.sites import day_asked
from marketplace.pages.words import link_text
from marketplace.queries.carrying import (
    auctioned_links_of,
    link_for,
    link_trades_of,
    links_of,
    most_sold,
    taken_by_hour,
)
from timetable.queries import market_now

DAYS_SHOWN = 7
SOLD_SHOWN = 10
# The form's names for what an offering calls otherwise.
FIELDS = {
    "capacity_gbps": "capacity",
    "price_micros_per_gbps_hour": "by_hour",
    "price_micros_per_gb": "by_gb",
    "rtt_us": "rtt",
}


class OfferingForm(forms.Form):
    """What a link offers in every hour, and at which prices."""

    capacity = forms.IntegerField(
        label=later("Bandwidth in every hour"), min_value=1, max_value=MOST_GBPS
    )
    by_hour = YuanField(label=later("Price of a Gbit/s for an hour"))
    by_gb = YuanField(label=later("Price of a GB moved"))
    rtt = forms.DecimalField(label=later("Round trip"), min_value=0, max_digits=8, decimal_places=3)
    active = forms.BooleanField(label=later("On offer"), required=False, initial=True)
    own_meter = forms.BooleanField(label=later("We meter it ourselves"), required=False)

    @property
    def offering(self) -> LinkOffering:
        """Return what was written."""
        answers = self.cleaned_data
        return LinkOffering(
            capacity_gbps=answers["capacity"],
            price_micros_per_gbps_hour=answers["by_hour"],
            price_micros_per_gb=answers["by_gb"],
            rtt_us=int(answers["rtt"] * 1000),
            active=answers["active"],
            own_meter=answers["own_meter"],
        )


class NewLinkForm(OfferingForm):
    """A link between two places."""

    zone = forms.ChoiceField(label=later("From the zone"))
    city = forms.ChoiceField(label=later("To the city"))

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the places of the catalogue by their names in the reader's language."""
        super().__init__(*args, **options)
        name = "name_zh" if (get_language() or "").startswith("zh") else "name"
        for field, model in (("zone", Zone), ("city", City)):
            choice = self.fields[field]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = list(model.objects.order_by(name).values_list("code", name))


@require_safe
@for_members("CARRIER")
def links(request: HttpRequest) -> HttpResponse:
    """List the carrier's links; `?link=` and `?day=` choose whose hours are shown."""
    now = market_now()
    member_id = acting_of(request).member_id or 0
    page = page_of(request, links_of(member_id))
    sold = most_sold([link.pk for link in page], now)
    for link in page:
        link.most_sold = sold[link.pk]
    trades = list(link_trades_of(member_id).filter(carrier_id=member_id)[:SOLD_SHOWN])
    wanted = request.GET.get("link", "")
    shown = trades[0].link if trades else next(iter(page), None)
    if wanted.isdecimal():
        shown = link_for(member_id, int(wanted))
    day = day_asked(request, delivery_day(now))
    today = delivery_day(now)
    days = [today + timedelta(days=index) for index in range(DAYS_SHOWN)]
    number = shown.pk if shown else 0
    return TemplateResponse(
        request,
        "marketplace/links.html",
        {
            "page": page,
            "shown": shown,
            "rows": _rows(shown, day) if shown else [],
            "hours": [f"{hour:02d}" for hour in range(24)],
            "hour_now": f"{hour_of_day(now):02d}" if day == today else "",
            "days": [
                (day_of(each), f"?link={number}&day={each.isoformat()}", each == day)
                for each in days
            ],
            "sold": [(trade, link_text(trade.gbps, trade.gb)) for trade in trades],
            "auctioned": [
                (one, hours_of(one.auction, one.first_hour, one.first_hour + one.hours))
                for one in auctioned_links_of(member_id)[:SOLD_SHOWN]
            ],
            "may_change": acting_of(request).may_trade,
        },
    )


def _rows(link: CarrierLink, day: date) -> list[HeatRow]:
    """Return what is sold, in auctions and free of a link for each hour of the day."""
    sold, auctioned = taken_by_hour(link.pk, day)
    taken = map(sum, zip(sold, auctioned, strict=True))
    free = [max(0, link.capacity_gbps - gbps) for gbps in taken]
    rows = [(_("Sold"), sold), (_("In auctions"), auctioned), (_("Free"), free)]
    return [
        HeatRow(
            label,
            tuple(Cell(str(gbps), step_of(gbps, 0, link.capacity_gbps + 1)) for gbps in figures),
        )
        for label, figures in (rows if any(auctioned) else (rows[0], rows[2]))
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("CARRIER", writes=True)
def new_link(request: HttpRequest) -> HttpResponse:
    """Offer a link; a refusal is shown at its field and nothing is offered."""
    form = NewLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        acting = acting_of(request)
        try:
            offer_link(
                carrier_id=acting.member_id or 0,
                zone=form.cleaned_data["zone"],
                city=form.cleaned_data["city"],
                offering=form.offering,
                person_id=acting.person_id,
                now=market_now(),
            )
            return redirect("marketplace:links")
        except Refused as refusal:
            _refuse(form, refusal)
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("CARRIER", writes=True)
def one_link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Change what a link offers; 404 for anybody else's."""
    acting = acting_of(request)
    link = link_for(acting.member_id or 0, link_id)
    form = OfferingForm(request.POST or None, initial=_written(link))
    if request.method == "POST" and form.is_valid():
        try:
            change_link(
                carrier_id=acting.member_id or 0,
                link_id=link_id,
                offering=form.offering,
                person_id=acting.person_id,
                now=market_now(),
            )
            return redirect("marketplace:links")
        except Refused as refusal:
            _refuse(form, refusal)
    return _form_page(request, form, link)


def _refuse(form: forms.Form, refusal: Refused) -> None:
    name = FIELDS.get(refusal.field, refusal.field)
    form.add_error(name if name in form.fields else None, sentence_of(refusal))


def _form_page(request: HttpRequest, form: forms.Form, link: CarrierLink | None) -> HttpResponse:
    sold = most_sold([link.pk], market_now())[link.pk] if link else 0
    facts = {"form": form, "link": link, "sold": sold}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "marketplace/link.html", facts, status=status)


def _written(link: CarrierLink) -> dict[str, Any]:
    return {
        "capacity": link.capacity_gbps,
        "by_hour": plain_yuan(link.price_micros_per_gbps_hour),
        "by_gb": plain_yuan(link.price_micros_per_gb),
        "rtt": f"{link.rtt_us // 1000}.{link.rtt_us % 1000:03d}",
        "active": link.active,
        "own_meter": link.connector == REPORTED,
    }
