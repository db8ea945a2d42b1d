"""Orders in a call auction through the API: enter, read, replace, cancel."""

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
    AuctionOrderBatchInput,
    AuctionOrderInput,
    AuctionOrderReplaceInput,
)
from marketplace.api.auctions.outputs import AuctionOrderBatchOutput, AuctionOrderOutput
from marketplace.models import AuctionOrder
from marketplace.queries.auctions import auction_named, auction_order_for, orders_in

BLOCK = {
    "kind": "BLOCK",
    "unit": "PFLOPS",
    "amount": 40_000_000,
    "hours": 8,
    "earliest": 0,
    "latest": 16,
    "limit_micros": 2_400_000,
    "city": "shanghai",
    "requires": {"max_rtt_us": 20_000},
}
EXAMPLE = OpenApiExample(
    "40 PFLOPS for eight hours of the first sixteen, within 20 ms of Shanghai",
    request_only=True,
    value={"client_order_id": "lab-auction-7", "bids": [BLOCK], "budget_micros": 900_000_000},
)
DEARER = OpenApiExample(
    "Pay more: always allowed until the end",
    request_only=True,
    value={"version": 1, "bids": [{**BLOCK, "limit_micros": 2_600_000}]},
)


class AuctionOrders(ListAPIView[AuctionOrder]):
    """The caller's orders in one auction."""

    required_scope = SCOPE
    calls_budget = "entry"
    serializer_class = AuctionOrderOutput

    def get_queryset(self) -> QuerySet[AuctionOrder]:
        """Return the caller's rows only."""
        return orders_in(auction_named(self.kwargs["code"]), caller_id(self.request))

    @extend_schema(summary="Your orders in an auction, newest first", tags=["auctions"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, paged, with what became of each."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Enter an order; what it may cost at most is held",
        tags=["auctions"],
        request=AuctionOrderInput,
        responses={201: AuctionOrderOutput},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Enter it; the same client_order_id and content answer the first one."""
        return Response(_entered(request, code, request.data), status=201)


class AuctionOrderBatch(APIView):
    """Up to 50 orders in one request."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Enter up to 50 orders; each has its own answer, in order",
        tags=["auctions"],
        request=AuctionOrderBatchInput,
        responses=AuctionOrderBatchOutput,
    )
    def post(self, request: Request, code: str) -> Response:
        """Enter each by itself: one that is refused stops no other."""
        return each(request, "orders", lambda row: _entered(request, code, row))


def _entered(request: Request, code: str, data: object) -> dict[str, Any]:
    sent = valid(AuctionOrderInput, data)
    order = do.enter_order(
        auction_id=auction_named(code).pk,
        client_order_id=sent.validated_data["client_order_id"],
        sent=sent.to_sent(),
        **whose(request),
    )
    return AuctionOrderOutput(order).data


class OneAuctionOrder(APIView):
    """One order of the caller's."""

    required_scope = SCOPE

    @extend_schema(
        summary="One of your orders in an auction, with what became of it",
        tags=["auctions"],
        responses=AuctionOrderOutput,
    )
    def get(self, request: Request, order_id: int) -> Response:
        """Return it, or 404 to everybody else."""
        return Response(AuctionOrderOutput(auction_order_for(caller_id(request), order_id)).data)


class AuctionOrderReplace(APIView):
    """A change of one of the caller's orders."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Put other bids in an order's place; near the end only better ones",
        tags=["auctions"],
        request=AuctionOrderReplaceInput,
        responses=AuctionOrderOutput,
        examples=[DEARER],
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Change it in one step, its arrival kept; refused, it stays as it was."""
        sent = valid(AuctionOrderReplaceInput, request.data)
        order = do.change_order(
            order_id=order_id,
            version=sent.validated_data["version"],
            sent=sent.to_sent(),
            **whose(request),
        )
        return Response(AuctionOrderOutput(order).data)


class AuctionOrderCancel(APIView):
    """The end of one of the caller's orders."""

    required_scope = SCOPE
    calls_budget = "entry"

    @extend_schema(
        summary="Cancel an order while the auction is open; its money is free again",
        tags=["auctions"],
        request=None,
        responses=AuctionOrderOutput,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Cancel it; near the end nothing is cancelled."""
        order = do.cancel_order(order_id=order_id, **whose(request))
        return Response(AuctionOrderOutput(order).data)
