"""Carriers' links through the API, and the links that the caller bought or sold."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from marketplace.actions import change_link, offer_link
from marketplace.domain.links import LinkOffering
from marketplace.models import AuctionLink, CarrierLink, LinkTrade
from marketplace.queries.carrying import auctioned_links_of, link_for, link_trades_of, links_of
from timetable.queries import market_now

SCOPE = "orders"


class OfferingInput(StrictSerializer):
    """What a link offers in every hour; prices are net of VAT, on ticks of 10,000 micros."""

    capacity_gbps = serializers.IntegerField(help_text="Gbit/s in every hour")
    price_micros_per_gbps_hour = serializers.IntegerField()
    price_micros_per_gb = serializers.IntegerField(help_text="of data moved once")
    rtt_us = serializers.IntegerField()
    active = serializers.BooleanField(required=False, help_text="false: sold to nobody new")
    own_meter = serializers.BooleanField(
        required=False,
        help_text="true: you confirm and meter what is sold from now on; false: the hours of the"
        " devices settle it; left out: as it is",
    )


class LinkInput(OfferingInput):
    """A new link between two places of the catalogue."""

    zone = serializers.CharField(max_length=40)
    city = serializers.CharField(max_length=40)


class LinkOutput(serializers.ModelSerializer[CarrierLink]):
    """A link of the caller's as it is offered now."""

    zone = serializers.CharField(source="zone.code")
    city = serializers.CharField(source="city.code")

    class Meta:
        """What the carrier said."""

        model = CarrierLink
        exclude = ("carrier",)


class LinkTradeOutput(serializers.ModelSerializer[LinkTrade]):
    """A link that the caller bought or sold; the devices beside it are the buyer's to see."""

    zone = serializers.CharField(source="link.zone.code")
    city = serializers.CharField(source="link.city.code")
    trade = serializers.SerializerMethodField()
    auction = serializers.SerializerMethodField(help_text="that sold it; empty for none")

    class Meta:
        """Figures frozen at the trade."""

        model = LinkTrade
        exclude = ("buyer", "carrier")

    def get_auction(self, sold: LinkTrade) -> str:
        """Return the code of the auction that sold it."""
        award = getattr(sold, "award", None)
        return award.offered.auction.code if award else ""

    def get_trade(self, sold: LinkTrade) -> int | None:
        """Return the trade of the devices, to the buyer only."""
        caller = acting_of(self.context["request"]).member_id
        return sold.trade_id if sold.buyer_id == caller else None


class AuctionedLinkOutput(serializers.ModelSerializer[AuctionLink]):
    """What of a link of the caller's stood in an auction's book, and what was sold of it."""

    auction = serializers.CharField(source="auction.code")
    starts_at = serializers.DateTimeField(source="auction.starts_at", help_text="its first hour")
    zone = serializers.CharField(source="link.zone.code")
    city = serializers.CharField(source="link.city.code")
    sold_gbps_hours = serializers.IntegerField(help_text="without what lapsed")
    value_micros = serializers.IntegerField(help_text="net, without what lapsed")

    class Meta:
        """Hours count from the auction's first; prices as asked, frozen with the book."""

        model = AuctionLink
        exclude = ("id",)


class Links(ListAPIView[CarrierLink]):
    """The calling carrier's links."""

    required_scope = SCOPE
    serializer_class = LinkOutput

    def get_queryset(self) -> QuerySet[CarrierLink]:
        """Return the caller's rows only."""
        return links_of(acting_of(self.request).member_id or 0)

    @extend_schema(summary="Your links, by zone and city", tags=["links"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Offer a link from a zone to a city",
        tags=["links"],
        request=LinkInput,
        responses={201: LinkOutput},
    )
    def post(self, request: Request) -> Response:
        """Offer it; a second one between the same places is refused."""
        sent = LinkInput(data=request.data)
        sent.is_valid(raise_exception=True)
        facts: dict[str, Any] = dict(sent.validated_data)
        link = offer_link(
            carrier_id=acting_of(request).member_id or 0,
            zone=facts.pop("zone"),
            city=facts.pop("city"),
            offering=LinkOffering(**facts),
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(LinkOutput(link).data, status=201)


class OneLink(APIView):
    """One link of the caller's."""

    required_scope = SCOPE

    @extend_schema(summary="One of your links", tags=["links"], responses=LinkOutput)
    def get(self, request: Request, link_id: int) -> Response:
        """Return it, or 404 to everybody else."""
        return Response(LinkOutput(link_for(acting_of(request).member_id or 0, link_id)).data)


class LinkChange(APIView):
    """A change of one of the caller's links."""

    required_scope = SCOPE

    @extend_schema(
        summary="Change what a link offers; it holds for the next order",
        tags=["links"],
        request=OfferingInput,
        responses=LinkOutput,
    )
    def post(self, request: Request, link_id: int) -> Response:
        """Change it; what is sold stays sold."""
        sent = OfferingInput(data=request.data)
        sent.is_valid(raise_exception=True)
        link = change_link(
            carrier_id=acting_of(request).member_id or 0,
            link_id=link_id,
            offering=LinkOffering(**sent.validated_data),
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(LinkOutput(link).data)


@extend_schema(summary="Links that you bought or sold, newest first", tags=["links"])
class LinkTrades(ListAPIView[LinkTrade]):
    """Lists the caller's link trades."""

    required_scope = SCOPE
    serializer_class = LinkTradeOutput

    def get_queryset(self) -> QuerySet[LinkTrade]:
        """Return the caller's rows only."""
        return link_trades_of(acting_of(self.request).member_id or 0)


@extend_schema(summary="Your links in auctions and what was sold, newest first", tags=["links"])
class AuctionedLinks(ListAPIView[AuctionLink]):
    """Lists what of the caller's links stood in auctions."""

    required_scope = SCOPE
    serializer_class = AuctionedLinkOutput

    def get_queryset(self) -> QuerySet[AuctionLink]:
        """Return the caller's rows only."""
        return auctioned_links_of(acting_of(self.request).member_id or 0)
