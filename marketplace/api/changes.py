"""Changes of what is open: replace an order or a listing, cancel an order, cancel everything."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from marketplace.actions import reprice_listing
from marketplace.api.changes_inputs import (
    EndedOutput,
    EndInput,
    ListingReplaceInput,
    OrderReplaceInput,
)
from marketplace.api.early import EARLY_PARAMETER, asked_of
from marketplace.api.entry import enter_cancel, enter_cancel_all, enter_change
from marketplace.api.outputs import ChangedOutput, ListingOutput, WaitsOutput
from timetable.queries import market_now

SCOPE = "orders"
FEWER = OpenApiExample(
    "Half as much; the order keeps its place in time",
    request_only=True,
    value={"version": 1, "amount": 20_000_000, "client_id": "lab-2026-0042-half"},
)
DEARER = OpenApiExample(
    "Pay more per hour; the order is matched again and gets a new place",
    request_only=True,
    value={"version": 2, "limit_micros": 2_600_000},
)
CHEAPER = OpenApiExample(
    "Ask for less; the listing meets resting orders again",
    request_only=True,
    value={"version": 1, "ask_micros": 11_900_000, "client_id": "night-cheaper"},
)
ONCE = OpenApiExample("Sent twice, done once", request_only=True, value={"client_id": "stop-7"})
TWO_ENDED = OpenApiExample(
    "Two were open", response_only=True, value={"status": 200, "ended": 2, "repeated": False}
)


def caller_id(request: Request) -> int:
    """Return the member for which the caller acts; the permission made sure of one."""
    return acting_of(request).member_id or 0


class OrderReplace(APIView):
    """Change one open order of the caller's."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Change an open order: amount, limit, budget, expiry; refused, it stays as it was",
        tags=["orders"],
        request=OrderReplaceInput,
        parameters=[EARLY_PARAMETER],
        responses={200: ChangedOutput, 202: WaitsOutput},
        examples=[FEWER, DEARER],
    )
    def post(self, request: Request, order_id: int) -> HttpResponse:
        """Change it in one step; only a smaller amount alone keeps its place in time."""
        return enter_change(asked_of(request, order_id)).to_response()


class OrderCancel(APIView):
    """Cancel one order of the caller's."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Cancel what is open of an order",
        tags=["orders"],
        request=EndInput,
        parameters=[EARLY_PARAMETER],
        responses={200: ChangedOutput, 202: WaitsOutput},
        examples=[ONCE],
    )
    def post(self, request: Request, order_id: int) -> HttpResponse:
        """Cancel it and release its hold; what is filled stays filled."""
        return enter_cancel(asked_of(request, order_id)).to_response()


class CancelAll(APIView):
    """Cancel everything that the caller has open."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Cancel all your open orders and withdraw all your open listings",
        tags=["orders"],
        request=EndInput,
        parameters=[EARLY_PARAMETER],
        responses={200: EndedOutput, 202: WaitsOutput},
        examples=[ONCE, TWO_ENDED],
    )
    def post(self, request: Request) -> HttpResponse:
        """End them in one step, in order of arrival; answers how many there were."""
        return enter_cancel_all(asked_of(request)).to_response()


class ListingReplace(APIView):
    """Change one open listing of the caller's."""

    required_scope = SCOPE

    @extend_schema(
        summary="Change an open listing: devices, ask; refused, it stays as it was",
        tags=["listings"],
        request=ListingReplaceInput,
        responses=ListingOutput,
        examples=[CHEAPER],
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Change it in one step; only fewer devices alone keep its place in time."""
        sent = ListingReplaceInput(data=request.data)
        sent.is_valid(raise_exception=True)
        listing = reprice_listing(
            seller_id=caller_id(request),
            listing_id=listing_id,
            person_id=acting_of(request).person_id,
            now=market_now(),
            **sent.validated_data,
        )
        return Response(ListingOutput(listing).data)


def client_id_of(request: Request) -> str:
    """Return the sender's own id of an ending; empty when there is none."""
    sent = EndInput(data=request.data)
    sent.is_valid(raise_exception=True)
    return str(sent.validated_data.get("client_id", ""))
