"""Market data and the event feed."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from marketplace.api.market_outputs import CatalogueOutput, DepthOutput, LastTradeOutput
from marketplace.api.outputs import EventOutput, EventsOutput
from marketplace.models import ChipModel, City, Zone
from marketplace.queries import depth_of, events_for, last_trades
from timetable.queries import market_now

SCOPE = "market:read"
MOST_EVENTS = 500


class DepthInput(StrictSerializer):
    """Which part of the market."""

    grade = serializers.CharField(required=False, max_length=40)
    chip = serializers.CharField(required=False, max_length=40)
    zone = serializers.CharField(required=False, max_length=40)


class FeedInput(StrictSerializer):
    """From where on, and how much."""

    after = serializers.IntegerField(required=False, min_value=0, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_EVENTS)


class LimitInput(StrictSerializer):
    """How much."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50)


class DepthView(APIView):
    """What rests on both sides."""

    required_scope = SCOPE

    @extend_schema(
        summary="Depth by price per PFLOPS-hour, of a grade, chip or zone",
        tags=["market"],
        parameters=[DepthInput],
        responses=DepthOutput,
    )
    def get(self, request: Request) -> Response:
        """Return the levels of both sides."""
        asked = DepthInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        depth = depth_of(
            now=market_now(),
            grade=asked.validated_data.get("grade", ""),
            chip_code=asked.validated_data.get("chip", ""),
            zone_code=asked.validated_data.get("zone", ""),
        )
        return Response(DepthOutput(depth).data)


class MarketTrades(APIView):
    """The market's last trades."""

    required_scope = SCOPE

    @extend_schema(
        summary="Last trades of the market, without members",
        tags=["market"],
        parameters=[LimitInput],
        responses=LastTradeOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the newest trades."""
        asked = LimitInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        trades = last_trades(asked.validated_data["limit"])
        return Response(LastTradeOutput(trades, many=True).data)


class Catalogue(APIView):
    """Codes of chips, zones and cities."""

    required_scope = SCOPE

    @extend_schema(
        summary="Chips, zones and cities that orders may name",
        tags=["market"],
        responses=CatalogueOutput,
    )
    def get(self, request: Request) -> Response:
        """Return the whole catalogue; it is small."""
        rows = {
            "chips": ChipModel.objects.all(),
            "zones": Zone.objects.all(),
            "cities": City.objects.all(),
        }
        return Response(CatalogueOutput(rows).data)


class Events(APIView):
    """The caller's feed: numbered by the market, never changed, replayed from any number."""

    required_scope = "orders"

    @extend_schema(
        summary="Events of your orders and listings, and halts, after a number",
        tags=["market"],
        parameters=[
            OpenApiParameter("after", int, description="the last number that you have seen"),
            OpenApiParameter("limit", int, description="at most 500"),
        ],
        responses=EventsOutput,
    )
    def get(self, request: Request) -> Response:
        """Return events in the market's order."""
        asked = FeedInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        after = asked.validated_data["after"]
        rows = events_for(acting_of(request).member_id or 0, after=after)
        events = list(
            rows.select_related("order", "listing").order_by("number")[
                : asked.validated_data.get("limit", MOST_EVENTS)
            ]
        )
        shown = EventOutput(events, many=True, context={"request": request}).data
        return Response({"events": shown, "last": events[-1].number if events else after})
