"""The page to offer a pool in an auction, or to change an offer that stands there."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from counter.access import acting_of, for_members
from counter.fields import ScaledField, ShanghaiField, YuanField
from counter.problems import sentence_of
from counter.templatetags.figures import plain_yuan
from exchange.refusal import Refused
from exchange.window import HOUR
from marketplace.actions import auctions as do
from marketplace.domain.auctions.entries import OfferSent
from marketplace.domain.auctions.phases import ONLY_IMPROVES, TAKES_ENTRIES, phase_of
from marketplace.models import Auction, AuctionOffer, Pool
from marketplace.pages.auctions.curve_field import CurveField, curve_text, hundredths
from marketplace.pages.auctions.own import ENTRY_TAGS, hours_of
from marketplace.pages.auctions.timeline import KIND_WORDS
from marketplace.pages.listings import PoolChoice
from marketplace.pages.words import FIRMNESS_WORDS
from marketplace.queries.auctions import auction_named, auction_offer_for
from timetable.queries import market_now

NAMES = {
    "steps": "curve",
    "ask_micros": "curve",
    "devices": "curve",
    "first_hour": "starts_at",
    "hours": "ends_at",
    "pool_id": "pool",
    "recall_notice_minutes": "notice",
    "start_up_micros": "start_up",
    "min_sold_bp": "least",
}


class AuctionOfferForm(forms.Form):
    """A curve of one's own pool over hours of the auction."""

    pool = PoolChoice(queryset=Pool.objects.none(), label=later("Pool"), empty_label=None)
    curve = CurveField(label=later("Ask and devices a line"), whole=True)
    starts_at = ShanghaiField(label=later("From"))
    ends_at = ShanghaiField(label=later("To"))
    min_devices = forms.IntegerField(label=later("Smallest part in an hour"), min_value=1)
    firmness = forms.ChoiceField(label=later("Firmness"), choices=list(FIRMNESS_WORDS.items()))
    notice = forms.IntegerField(
        label=later("Notice before recall"), required=False, min_value=1, max_value=10_080
    )
    start_up = YuanField(label=later("Start-up cost"), required=False)
    least = ScaledField(
        scale=2,
        label=later("Least share sold"),
        required=False,
        max_value=100,
        decimal_places=2,
        max_digits=5,
    )
    client_order_id = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seller_id: int, auction: Auction, **options: Any) -> None:
        """Offer the seller's own active pools."""
        super().__init__(*args, **options)
        self.auction = auction
        field = self.fields["pool"]
        assert isinstance(field, forms.ModelChoiceField)
        own = Pool.objects.filter(site__owner_id=seller_id, active=True, site__active=True)
        field.queryset = own.select_related("site", "chip")

    def clean(self) -> dict[str, Any]:
        """Refuse what is no whole hour of the auction."""
        answers = super().clean() or {}
        end = self.auction.starts_at + self.auction.hours * HOUR
        for name in ("starts_at", "ends_at"):
            at = answers.get(name)
            if at is None:
                continue
            if not self.auction.starts_at <= at <= end or (at - self.auction.starts_at) % HOUR:
                self.add_error(name, _("Write a whole hour of this auction."))
        return answers

    def to_sent(self) -> OfferSent:
        """Return the offer that the (valid) answers make."""
        answers = self.cleaned_data
        return OfferSent(
            pool_id=answers["pool"].pk,
            steps=answers["curve"],
            first_hour=(answers["starts_at"] - self.auction.starts_at) // HOUR,
            hours=(answers["ends_at"] - answers["starts_at"]) // HOUR,
            firmness=answers["firmness"],
            recall_notice_minutes=answers["notice"],
            min_devices=answers["min_devices"],
            start_up_micros=answers["start_up"] or 0,
            min_sold_bp=answers["least"] or 0,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("SELLER", writes=True)
def new_auction_offer(request: HttpRequest, code: str) -> HttpResponse:
    """Enter an offer; a refusal is shown at its field and nothing is taken."""
    auction, acting = auction_named(code), acting_of(request)
    seller_id = acting.member_id or 0
    if request.method != "POST":
        starts_at, ends_at = hours_of(auction, 0, auction.hours)
        first = {"starts_at": starts_at, "ends_at": ends_at, "min_devices": 1,
                 "client_order_id": f"web-{uuid4().hex[:16]}"}  # fmt: skip
        form = AuctionOfferForm(seller_id=seller_id, auction=auction, initial=first)
        return _page(request, form, auction)
    form = AuctionOfferForm(request.POST, seller_id=seller_id, auction=auction)
    if form.is_valid():
        try:
            do.enter_offer(
                auction_id=auction.pk,
                member_id=seller_id,
                client_order_id=form.cleaned_data["client_order_id"] or uuid4().hex,
                sent=form.to_sent(),
                now=market_now(),
                person_id=acting.person_id,
            )
            return redirect("marketplace:auction", code)
        except Refused as refusal:
            _refuse(form, refusal)
    return _page(request, form, auction, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("SELLER", writes=True)
def change_auction_offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Show an offer of the member's with its answers, or (POST) put others in their place."""
    acting = acting_of(request)
    seller_id = acting.member_id or 0
    offer = auction_offer_for(seller_id, offer_id)
    auction = offer.auction
    if request.method != "POST":
        form = AuctionOfferForm(seller_id=seller_id, auction=auction, initial=answers_of(offer))
        return _page(request, form, auction, offer=offer)
    form = AuctionOfferForm(request.POST, seller_id=seller_id, auction=auction)
    if form.is_valid():
        try:
            do.change_offer(
                offer_id=offer.pk,
                member_id=seller_id,
                version=form.cleaned_data["version"] or offer.version,
                sent=form.to_sent(),
                now=market_now(),
                person_id=acting.person_id,
            )
            return redirect("marketplace:auction", auction.code)
        except Refused as refusal:
            _refuse(form, refusal)
    return _page(request, form, auction, offer=offer, status=422)


@require_POST
@for_members("SELLER", writes=True)
def cancel_auction_offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Cancel an offer of the member's and go back to its auction."""
    acting = acting_of(request)
    offer = do.cancel_offer(
        offer_id=offer_id,
        member_id=acting.member_id or 0,
        now=market_now(),
        person_id=acting.person_id,
    )
    return redirect("marketplace:auction", offer.auction.code)


def answers_of(offer: AuctionOffer) -> dict[str, Any]:
    """Return the form's answers that make the offer."""
    starts_at, ends_at = hours_of(offer.auction, offer.first_hour, offer.first_hour + offer.hours)
    return {
        "pool": offer.pool_id,
        "curve": curve_text(offer.steps),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "min_devices": offer.min_devices,
        "firmness": offer.firmness,
        "notice": offer.recall_notice_minutes,
        "start_up": plain_yuan(offer.start_up_micros) if offer.start_up_micros else "",
        "least": hundredths(offer.min_sold_bp),
        "version": offer.version,
    }


def _refuse(form: AuctionOfferForm, refusal: Refused) -> None:
    name = NAMES.get(refusal.field, refusal.field)
    form.add_error(name if name in form.fields else None, sentence_of(refusal))


def _page(
    request: HttpRequest,
    form: AuctionOfferForm,
    auction: Auction,
    *,
    offer: AuctionOffer | None = None,
    status: int = 200,
) -> HttpResponse:
    phase = phase_of(auction, market_now())
    facts = {
        "form": form,
        "row": auction,
        "kind": KIND_WORDS[auction.kind],
        "window": hours_of(auction, 0, auction.hours),
        "offer": offer,
        "tag": ENTRY_TAGS[offer.state] if offer else None,
        "takes": phase in TAKES_ENTRIES and (offer is None or offer.state == "ENTERED"),
        "only_improves": phase in ONLY_IMPROVES,
        "may_trade": acting_of(request).may_trade,
    }
    return TemplateResponse(request, "marketplace/auctions/offer_form.html", facts, status=status)
