"""Listings: publish, read, withdraw."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from marketplace.actions import publish_listing, withdraw_listing
from marketplace.api.changes import client_id_of
from marketplace.api.changes_inputs import EndInput
from marketplace.api.inputs import ListingInput
from marketplace.api.outputs import ListingOutput
from marketplace.models import Listing
from marketplace.queries import listing_for, listings_of
from marketplace.queries.catalogue import pool_id_of
from timetable.queries import market_now

SCOPE = "orders"
EXAMPLE = OpenApiExample(
    "64 idle devices tonight, at least a node for four hours",
    request_only=True,
    value={
        "client_order_id": "night-2026-11-24",
        "pool": "qingyang-1-h100",
        "devices": 64,
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2026-11-25T00:00:00Z",
        "ask_micros": 12_500_000,
        "min_devices": 8,
        "min_hours": 4,
    },
)


class Listings(ListAPIView[Listing]):
    """The caller's listings."""

    required_scope = SCOPE
    serializer_class = ListingOutput

    def get_queryset(self) -> QuerySet[Listing]:
        """Return the caller's rows only."""
        return listings_of(acting_of(self.request).member_id or 0)

    @extend_schema(summary="Your listings, newest first", tags=["listings"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Publish a listing; it holds the pool's devices and meets resting orders",
        tags=["listings"],
        request=ListingInput,
        responses={201: ListingOutput},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Publish; the same client_order_id and content answer the first one."""
        sent = ListingInput(data=request.data)
        sent.is_valid(raise_exception=True)
        facts: dict[str, Any] = dict(sent.validated_data)
        seller_id = acting_of(request).member_id or 0
        listing = publish_listing(
            seller_id=seller_id,
            pool_id=pool_id_of(seller_id, facts.pop("pool")),
            person_id=acting_of(request).person_id,
            now=market_now(),
            **facts,
        )
        return Response(ListingOutput(listing).data, status=201)


class OneListing(APIView):
    """One listing of the caller's."""

    required_scope = SCOPE

    @extend_schema(summary="One of your listings", tags=["listings"], responses=ListingOutput)
    def get(self, request: Request, listing_id: int) -> Response:
        """Return it, or 404 to everybody else."""
        row = listing_for(acting_of(request).member_id or 0, listing_id)
        return Response(ListingOutput(row).data)


class ListingWithdraw(APIView):
    """Withdraw one listing of the caller's."""

    required_scope = SCOPE

    @extend_schema(
        summary="Withdraw what is unsold of a listing",
        tags=["listings"],
        request=EndInput,
        responses=ListingOutput,
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Withdraw it; what is sold stays sold."""
        listing = withdraw_listing(
            seller_id=acting_of(request).member_id or 0,
            listing_id=listing_id,
            client_id=client_id_of(request),
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(ListingOutput(listing).data)
