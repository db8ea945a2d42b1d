"""Orders: place, read, cancel, preview, explain."""

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from marketplace.api.early import EARLY_PARAMETER, asked_of
from marketplace.api.entry import enter_batch, enter_order
from marketplace.api.inputs import BatchInput, OrderInput, RequirementInput
from marketplace.api.market_outputs import ExplanationOutput, PreviewOutput
from marketplace.api.outputs import BatchOutput, OrderOutput, PlacedOutput, TradeOutput, WaitsOutput
from marketplace.models import Order, Trade
from marketplace.queries import order_for, orders_of, preview_order, trades_of, why_not
from timetable.queries import market_now

SCOPE = "orders"
EXAMPLE = OpenApiExample(
    "40 PFLOPS for three days within 20 ms of Shanghai",
    request_only=True,
    value={
        "client_order_id": "lab-2026-0042",
        "unit": "PFLOPS",
        "amount": 40_000_000,
        "hours": 72,
        "earliest": "2026-11-24T00:00:00Z",
        "latest": "2026-11-28T00:00:00Z",
        "limit_micros": 2_400_000,
        "city": "shanghai",
        "max_rtt_us": 20_000,
        "link_gbps": 10,
    },
)


def caller_id(request: Request) -> int:
    """Return the member for which the caller acts; the permission made sure of one."""
    return acting_of(request).member_id or 0


class Orders(ListAPIView[Order]):
    """The caller's orders."""

    required_scope = SCOPE
    calls_budget = "entry"
    serializer_class = OrderOutput

    def get_queryset(self) -> QuerySet[Order]:
        """Return the caller's rows only."""
        return orders_of(caller_id(self.request))

    @extend_schema(summary="Your orders, newest first", tags=["orders"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Place an order; its funds are held and it is matched before the answer",
        tags=["orders"],
        parameters=[EARLY_PARAMETER],
        request=OrderInput,
        responses={201: PlacedOutput, 202: WaitsOutput},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        """Place an order; the same client_order_id and content answer the first one."""
        return enter_order(asked_of(request)).to_response()


class OrderBatch(APIView):
    """Up to 50 orders or other entries in one request and one commit."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Place, cancel, replace: up to 50 in one commit; each has its own answer, in order",
        tags=["orders"],
        parameters=[EARLY_PARAMETER],
        request=BatchInput,
        responses=BatchOutput,
    )
    def post(self, request: Request) -> HttpResponse:
        """Enter them in order; what is refused stands in its place as a problem."""
        return enter_batch(asked_of(request)).to_response()


class OrderPreview(APIView):
    """What an order would get now."""

    required_scope = SCOPE

    @extend_schema(
        summary="Preview an order: places, prices over seven days, hold; nothing is written",
        tags=["orders"],
        request=RequirementInput,
        responses=PreviewOutput,
    )
    def post(self, request: Request) -> Response:
        """Preview without holding anything."""
        sent = RequirementInput(data=request.data)
        sent.is_valid(raise_exception=True)
        preview = preview_order(request=sent.to_request(), now=market_now())
        return Response(PreviewOutput(preview).data)


class OneOrder(APIView):
    """One order of the caller's."""

    required_scope = SCOPE

    @extend_schema(summary="One of your orders", tags=["orders"], responses=OrderOutput)
    def get(self, request: Request, order_id: int) -> Response:
        """Return it, or 404 to everybody else."""
        return Response(OrderOutput(order_for(caller_id(request), order_id)).data)


class OrderWhy(APIView):
    """Why one order of the caller's is not filled."""

    required_scope = SCOPE

    @extend_schema(
        summary="Why the order is not filled, and the smallest change that would fill it",
        tags=["orders"],
        responses=ExplanationOutput,
    )
    def get(self, request: Request, order_id: int) -> Response:
        """Explain against the market as it is now."""
        order = order_for(caller_id(request), order_id)
        return Response(ExplanationOutput(why_not(order.pk, market_now())).data)


@extend_schema(summary="Your trades, newest first", tags=["orders"])
class Trades(ListAPIView[Trade]):
    """Trades that the caller bought or sold."""

    required_scope = SCOPE
    serializer_class = TradeOutput

    def get_queryset(self) -> QuerySet[Trade]:
        """Return the caller's rows only."""
        return trades_of(caller_id(self.request))
