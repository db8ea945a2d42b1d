"""One listing: its life, and a change of its devices or ask."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counter.access import acting_of, for_members
from counter.templatetags.figures import money, whole
from exchange.refusal import Refused
from marketplace.actions import reprice_listing
from marketplace.domain.changing import ListingFigures, listing_keeps_place
from marketplace.models import Listing
from marketplace.pages.change_forms import ListingChangeForm, differing
from marketplace.pages.changing import hidden_of, refuse
from marketplace.pages.listings import SELLS, sold_share
from marketplace.pages.words import FIRMNESS_WORDS, LISTING_STATES, event_row
from marketplace.queries.books import listing_events, listing_for
from timetable.queries import market_now


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(*SELLS, writes=True)
def listing_page(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Show one of the member's listings; (POST) change it, or say why not."""
    acting = acting_of(request)
    seller_id = acting.member_id or 0
    listing = listing_for(seller_id, listing_id)
    data = (request.POST if request.method == "POST" else request.GET).dict()
    form = ListingChangeForm(data, listing=listing)
    valid = bool(data) and form.is_valid()
    if request.method == "POST" and valid:
        try:
            reprice_listing(
                seller_id=seller_id,
                listing_id=listing_id,
                version=form.cleaned_data["version"],
                client_id=form.cleaned_data["client_id"],
                person_id=acting.person_id,
                now=market_now(),
                **differing(figures_of(listing), form.figures),
            )
            return redirect("marketplace:listing", listing_id)
        except Refused as refusal:
            listing = listing_for(seller_id, listing_id)
            refuse(form, refusal, version=listing.version)
    facts: dict[str, Any] = {
        "listing": listing,
        "form": form,
        "state": LISTING_STATES[listing.state],
        "firmness": FIRMNESS_WORDS[listing.firmness],
        "sold_share": sold_share(listing),
        "may_change": acting.may_trade and listing.state == "OPEN",
        "events": [event_row(event) for event in listing_events(listing.pk).order_by("-number")],
    }
    if valid and not form.errors:
        facts |= meaning_of(listing, form)
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "marketplace/listing.html", facts, status=status)


def figures_of(listing: Listing) -> ListingFigures:
    """Return what may change of the listing, as it stands."""
    return ListingFigures(listing.devices, listing.ask_micros)


def meaning_of(listing: Listing, form: ListingChangeForm) -> dict[str, Any]:
    """Return what the change would mean: the figures that differ, and the place."""
    before, after = figures_of(listing), form.figures
    words = {"devices": (_("Devices"), whole), "ask_micros": (_("Ask"), money)}
    changes = [
        (words[name][0], words[name][1](vars(before)[name]), words[name][1](value))
        for name, value in differing(before, after).items()
    ]
    return {
        "changes": changes,
        "keeps_place": listing_keeps_place(before, after),
        "hidden": hidden_of(form),
    }
