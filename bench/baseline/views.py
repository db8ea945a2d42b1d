"""The baseline's door: one order a request, one transaction a request."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.baseline.inputs import OrderInput
from bench.baseline.orders import cancel_order, place_order
from counter.access import acting_of
from marketplace.models import Order
from timetable.queries import market_now

SCOPE = "orders"


class OrderOutput(serializers.ModelSerializer[Order]):
    """An order of the caller's as it stands."""

    city = serializers.CharField(source="city.code", default=None, allow_null=True)

    class Meta:
        """Everything the sender said, and the life since."""

        model = Order
        exclude = ("buyer", "placed_by", "content_hash")


class Orders(APIView):
    """Where orders are placed."""

    required_scope = SCOPE

    def post(self, request: Request) -> Response:
        """Place an order; the same client_order_id and content answer the first one."""
        sent = OrderInput(data=request.data)
        sent.is_valid(raise_exception=True)
        order = place_order(
            buyer_id=acting_of(request).member_id or 0,
            client_order_id=sent.validated_data["client_order_id"],
            request=sent.to_request(),
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(OrderOutput(order).data, status=201)


class OrderCancel(APIView):
    """Where one order is cancelled."""

    required_scope = SCOPE

    def post(self, request: Request, order_id: int) -> Response:
        """Cancel it and release its hold; what is filled stays filled."""
        order = cancel_order(
            buyer_id=acting_of(request).member_id or 0,
            order_id=order_id,
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(OrderOutput(order).data)
