"""Auctions through the API: the list, one with its phase, its prices, and its bundle."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.auctions.outputs import (
    AuctionDetailOutput,
    AuctionIndicationOutput,
    AuctionOutput,
    AuctionPriceRowOutput,
)
from marketplace.domain.auctions.price_map import PriceRow, by_node
from marketplace.models import Auction, AuctionIndication
from marketplace.queries.auctions import (
    Opened,
    auction_named,
    auctions_newest,
    bundle_zip,
    indications_of,
    opened_auction,
)
from timetable.queries import market_now

SCOPE = "market:read"
KIND = OpenApiParameter("kind", enum=["DAY_AHEAD", "WEEKLY"], description="one kind alone")


class Auctions(ListAPIView[Auction]):
    """All auctions."""

    required_scope = SCOPE
    serializer_class = AuctionOutput

    def get_queryset(self) -> QuerySet[Auction]:
        """Return them; the same for everybody."""
        return auctions_newest(self.request.query_params.get("kind", ""))

    def get_serializer_context(self) -> dict[str, Any]:
        """Let all rows have their phase at one instant."""
        return {**super().get_serializer_context(), "now": market_now()}

    @extend_schema(summary="Auctions, newest first", tags=["auctions"], parameters=[KIND])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged."""
        return super().get(request, *args, **kwargs)


class OneAuction(APIView):
    """One auction."""

    required_scope = SCOPE

    @extend_schema(
        summary="One auction: its phase, gates, counts, clearing, and your commitment",
        tags=["auctions"],
        responses=AuctionDetailOutput,
    )
    def get(self, request: Request, code: str) -> Response:
        """Return it."""
        context = {"request": request, "now": market_now()}
        return Response(AuctionDetailOutput(auction_named(code), context=context).data)


class NodesOfAPage(PageNumberPagination):
    """Nodes of a published auction, 50 a page: a week has 168 prices in each."""

    page_size = 50


class AuctionPrices(ListAPIView[Any]):
    """Published prices."""

    required_scope = SCOPE
    serializer_class = AuctionPriceRowOutput
    pagination_class = NodesOfAPage
    queryset = Auction.objects.none()

    @extend_schema(
        summary="Published prices by node and hour; 404 before publication", tags=["auctions"]
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged, in the order of the book."""
        opened = opened_auction(auction_named(self.kwargs["code"]))
        rows = by_node(opened.case, range(opened.book.hours))
        page = self.paginate_queryset(rows) or []
        shown = AuctionPriceRowOutput([_row(opened, row) for row in page], many=True)
        return self.get_paginated_response(shown.data)


def _row(opened: Opened, row: PriceRow) -> dict[str, object]:
    node = opened.book.nodes[row.node]
    return {
        "node": node.code,
        "zone": node.zone,
        "chip": node.chip,
        "firmness": node.firmness,
        "prices_micros": [cell.price_micros for cell in row.cells],
        "traded_devices": [cell.traded_devices for cell in row.cells],
    }


class AuctionIndications(ListAPIView[AuctionIndication]):
    """What the auction would come to, told twice before its end."""

    required_scope = SCOPE
    serializer_class = AuctionIndicationOutput
    queryset = AuctionIndication.objects.none()

    def get_queryset(self) -> QuerySet[AuctionIndication]:
        """Return what has been told, the newest first."""
        return indications_of(auction_named(self.kwargs["code"]))

    @extend_schema(
        summary="Indicative prices, told an hour and ten minutes before the gate", tags=["auctions"]
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class AuctionBundle(APIView):
    """The published bundle, for anybody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="The bundle as a zip, without names: anybody can verify it",
        tags=["auctions"],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        auth=[],
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Return it, or 404 before publication."""
        packed = bundle_zip(auction_named(code))
        told = {"Content-Disposition": f'attachment; filename="{code}.zip"'}
        return HttpResponse(packed, content_type="application/zip", headers=told)
