"""Listings: the list, a new one, and taking one back."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counter.access import acting_of, for_members
from counter.fields import ShanghaiField, YuanField
from counter.paging import page_of
from counter.problems import sentence_of
from exchange.refusal import Refused
from exchange.window import HOUR, ceil_hour
from marketplace.actions import publish_listing, withdraw_listing
from marketplace.models import Listing, Pool
from marketplace.pages.words import FIRMNESS_WORDS, LISTING_STATES
from marketplace.queries.books import listings_of
from timetable.queries import market_now

SELLS = ("SELLER", "CARRIER")


class PoolChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A pool as its seller knows it."""

    def label_from_instance(self, pool: Pool) -> str:
        """Return site, chip and number of devices."""
        return f"{pool.site} · {pool.chip} · {pool.devices}"


class ListingForm(forms.Form):
    """Devices of one's own pool for a window at an ask."""

    pool = PoolChoice(queryset=Pool.objects.none(), label=later("Pool"), empty_label=None)
    devices = forms.IntegerField(label=later("Devices"), min_value=1)
    starts_at = ShanghaiField(label=later("From"))
    ends_at = ShanghaiField(label=later("To"))
    ask = YuanField(label=later("Ask"))
    min_devices = forms.IntegerField(label=later("Smallest block"), min_value=1, initial=1)
    min_hours = forms.IntegerField(label=later("Shortest time"), min_value=1, initial=1)
    firmness = forms.ChoiceField(label=later("Firmness"), choices=list(FIRMNESS_WORDS.items()))
    notice = forms.IntegerField(
        label=later("Notice before recall"), required=False, min_value=1, max_value=10_080
    )
    client_order_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seller_id: int, **options: Any) -> None:
        """Offer the seller's own active pools."""
        super().__init__(*args, **options)
        field = self.fields["pool"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Pool.objects.filter(site__owner_id=seller_id, active=True).select_related(
            "site", "chip"
        )


@require_safe
@for_members(*SELLS)
def listings(request: HttpRequest) -> HttpResponse:
    """List the member's listings, newest first; `?state=` narrows it."""
    rows = listings_of(acting_of(request).member_id or 0)
    state = request.GET.get("state", "")
    if state in LISTING_STATES:
        rows = rows.filter(state=state)
    page = page_of(request, rows)
    for listing in page:
        listing.shown_state = LISTING_STATES[listing.state]
        listing.firmness_word = FIRMNESS_WORDS[listing.firmness]
        listing.sold_share = sold_share(listing)
    choices = [("", _("All")), *((key, shown.text) for key, shown in LISTING_STATES.items())]
    return TemplateResponse(
        request,
        "marketplace/listings.html",
        {
            "page": page,
            "filtered": state in LISTING_STATES,
            "groups": [(text, f"?state={key}", key == state) for key, text in choices],
            "may_withdraw": acting_of(request).may_trade,
        },
    )


def sold_share(listing: Listing) -> int | None:
    """Return the sold part of an open or sold listing in percent; none for one taken back."""
    if listing.state not in {"OPEN", "SOLD"}:
        return None
    whole = listing.devices * len(listing.free)
    return (whole - sum(listing.free)) * 100 // whole


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(*SELLS, writes=True)
def new_listing(request: HttpRequest) -> HttpResponse:
    """Offer devices; a refusal is shown at its field and nothing is listed."""
    acting = acting_of(request)
    now = market_now()
    seller_id = acting.member_id or 0
    if request.method != "POST":
        start = ceil_hour(now) + 2 * HOUR
        first = {
            "starts_at": start,
            "ends_at": start + 8 * HOUR,
            "client_order_id": f"web-{uuid4().hex[:16]}",
            **{name: request.GET[name] for name in ListingForm.base_fields if name in request.GET},
        }
        form = ListingForm(seller_id=seller_id, initial=first)
        return TemplateResponse(request, "marketplace/new_listing.html", {"form": form})
    form = ListingForm(request.POST, seller_id=seller_id)
    if form.is_valid():
        answers = form.cleaned_data
        try:
            publish_listing(
                seller_id=seller_id,
                client_order_id=answers["client_order_id"],
                pool_id=answers["pool"].pk,
                devices=answers["devices"],
                starts_at=answers["starts_at"],
                ends_at=answers["ends_at"],
                ask_micros=answers["ask"],
                min_devices=answers["min_devices"],
                min_hours=answers["min_hours"],
                firmness=answers["firmness"],
                recall_notice_minutes=answers["notice"],
                person_id=acting.person_id,
                now=now,
            )
            return redirect("marketplace:listings")
        except Refused as refusal:
            names = {"ask_micros": "ask", "pool_id": "pool", "recall_notice_minutes": "notice"}
            name = names.get(refusal.field, refusal.field)
            form.add_error(name if name in form.fields else None, sentence_of(refusal))
    return TemplateResponse(request, "marketplace/new_listing.html", {"form": form}, status=422)


@require_POST
@for_members(*SELLS, writes=True)
def withdraw(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Take back what is unsold of the listing and return to the list."""
    acting = acting_of(request)
    withdraw_listing(
        seller_id=acting.member_id or 0,
        listing_id=listing_id,
        person_id=acting.person_id,
        now=market_now(),
    )
    return redirect("marketplace:listings")
