"""Sellers' offers in a call auction through the API: enter, read, replace, cancel."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import auctions as do
from marketplace.api.auctions.entering import SCOPE, caller_id, each, valid, whose
from marketplace.api.auctions.inputs import (
    AuctionOfferBatchInput,
    AuctionOfferInput,
    AuctionOfferReplaceInput,
)
from marketplace.api.auctions.outputs import AuctionOfferBatchOutput, AuctionOfferOutput
from marketplace.models import AuctionOffer
from marketplace.queries.auctions import auction_named, auction_offer_for, offers_in
from marketplace.queries.catalogue import pool_id_of

EXAMPLE = OpenApiExample(
    "64 devices for a day: half at ¥ 6, half at ¥ 8, at least a node",
    request_only=True,
    value={
        "client_order_id": "night-auction-7",
        "pool": "qingyang-1-h100",
        "steps": [[6_000_000, 32], [8_000_000, 32]],
        "hours": 24,
        "min_devices": 8,
    },
)


class AuctionOffers(ListAPIView[AuctionOffer]):
    """The caller's offers in one auction."""

    required_scope = SCOPE
    calls_budget = "entry"
    serializer_class = AuctionOfferOutput

    def get_queryset(self) -> QuerySet[AuctionOffer]:
        """Return the caller's rows only."""
        return offers_in(auction_named(self.kwargs["code"]), caller_id(self.request))

    @extend_schema(summary="Your offers in an auction, newest first", tags=["auctions"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged, with what became of each."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Offer devices of a pool; the continuous market has them no more",
        tags=["auctions"],
        request=AuctionOfferInput,
        responses={201: AuctionOfferOutput},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Enter it; the same client_order_id and content answer the first one."""
        return Response(_entered(request, code, request.data), status=201)


class AuctionOfferBatch(APIView):
    """Up to 50 offers in one request."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Enter up to 50 offers; each has its own answer, in order",
        tags=["auctions"],
        request=AuctionOfferBatchInput,
        responses=AuctionOfferBatchOutput,
    )
    def post(self, request: Request, code: str) -> Response:
        """Enter each by itself: one that is refused stops no other."""
        return each(request, "offers", lambda row: _entered(request, code, row))


def _entered(request: Request, code: str, data: object) -> dict[str, Any]:
    sent = valid(AuctionOfferInput, data)
    offer = do.enter_offer(
        auction_id=auction_named(code).pk,
        client_order_id=sent.validated_data["client_order_id"],
        sent=sent.to_sent(pool_id_of(caller_id(request), sent.validated_data["pool"])),
        **whose(request),
    )
    return AuctionOfferOutput(offer).data


class OneAuctionOffer(APIView):
    """One offer of the caller's."""

    required_scope = SCOPE

    @extend_schema(
        summary="One of your offers in an auction, with what became of it",
        tags=["auctions"],
        responses=AuctionOfferOutput,
    )
    def get(self, request: Request, offer_id: int) -> Response:
        """Return it, or 404 to everybody else."""
        return Response(AuctionOfferOutput(auction_offer_for(caller_id(request), offer_id)).data)


class AuctionOfferReplace(APIView):
    """A change of one of the caller's offers."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Put another curve in an offer's place; near the end only a better one",
        tags=["auctions"],
        request=AuctionOfferReplaceInput,
        responses=AuctionOfferOutput,
    )
    def post(self, request: Request, offer_id: int) -> Response:
        """Change it in one step, its arrival and pool kept; refused, it stays as it was."""
        sent = valid(AuctionOfferReplaceInput, request.data)
        standing = auction_offer_for(caller_id(request), offer_id)
        offer = do.change_offer(
            offer_id=offer_id,
            version=sent.validated_data["version"],
            sent=sent.to_sent(standing.pool_id),
            **whose(request),
        )
        return Response(AuctionOfferOutput(offer).data)


class AuctionOfferCancel(APIView):
    """The end of one of the caller's offers."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Cancel an offer while the auction is open; its devices are free again",
        tags=["auctions"],
        request=None,
        responses=AuctionOfferOutput,
    )
    def post(self, request: Request, offer_id: int) -> Response:
        """Cancel it; near the end nothing is cancelled."""
        offer = do.cancel_offer(offer_id=offer_id, **whose(request))
        return Response(AuctionOfferOutput(offer).data)
