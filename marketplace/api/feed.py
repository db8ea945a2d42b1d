"""The public feed: snapshots, numbered increments, candles, tape and index of a product."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.problems import PROBLEM_JSON, problem_of
from counter.serializers import StrictSerializer
from exchange.window import hour_number, hour_start
from marketplace.api.feed_outputs import (
    CandleOutput,
    IncrementsOutput,
    IndexOutput,
    PublicTradeOutput,
    SnapshotOutput,
)
from marketplace.domain.checks import first_open_hour
from marketplace.domain.feed_refusals import FeedAhead, FeedGone
from marketplace.domain.products import ACCELERATORS
from marketplace.queries.candles import MOST_CANDLES, STEPS, USUAL_CANDLES, candles_of
from marketplace.queries.feed import MOST_INCREMENTS, increments_after
from marketplace.queries.index import index_of
from marketplace.queries.products import product_of
from marketplace.queries.snapshot import MOST_HOURS, USUAL_HOURS, snapshot_of
from marketplace.queries.standing import gate_minutes
from marketplace.queries.tape import tape_of
from timetable.queries import market_now

SCOPE = "market:read"
SNAPSHOT = "/api/v1/market/snapshot/"


class ProductInput(StrictSerializer):
    """Which product: a chip model's code, or `fp16` for all accelerators."""

    product = serializers.CharField(required=False, max_length=40, default=ACCELERATORS)


class SnapshotInput(ProductInput):
    """Of which delivery hours; from the first hour that still trades if none is named."""

    starts_at = serializers.DateTimeField(required=False)
    hours = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_HOURS, default=USUAL_HOURS
    )


class IncrementsInput(ProductInput):
    """From which number on, and how many."""

    after = serializers.IntegerField(min_value=0)
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_INCREMENTS, default=MOST_INCREMENTS
    )


class CandlesInput(ProductInput):
    """Which steps, and how many of them up to now."""

    step = serializers.ChoiceField(required=False, choices=list(STEPS), default="hour")
    count = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_CANDLES, default=USUAL_CANDLES
    )


class TapeInput(ProductInput):
    """How many trades."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50)


def _asked(form: type[StrictSerializer], request: Request) -> dict[str, Any]:
    asked = form(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


class SnapshotView(APIView):
    """Depth by delivery hour, and where increments go on from it."""

    required_scope = SCOPE

    @extend_schema(
        summary="Depth by hour, last trade, and the number of the last event that they include",
        tags=["market"],
        parameters=[SnapshotInput],
        responses=SnapshotOutput,
    )
    def get(self, request: Request) -> Response:
        """Return the snapshot, read in one statement."""
        asked = _asked(SnapshotInput, request)
        starts_at = asked.get("starts_at")
        if starts_at is None:
            now = market_now()
            starts_at = first_open_hour(now, gate_minutes(now))
        first = hour_number(starts_at)
        found = snapshot_of(asked["product"], first_hour=first, hours=asked["hours"])
        shown = vars(found) | {"starts_at": hour_start(first), "last_trade": found.last_trade}
        return Response(SnapshotOutput(shown).data)


class IncrementsView(APIView):
    """Numbered changes: snapshot N and the increments after it make every later snapshot."""

    required_scope = SCOPE

    @extend_schema(
        summary="What each event after a number changed, without gaps; 410 says to start again",
        tags=["market"],
        parameters=[IncrementsInput],
        responses=IncrementsOutput,
    )
    def get(self, request: Request) -> Response:
        """Return a page of increments, or 410 with where to start again."""
        asked = _asked(IncrementsInput, request)
        try:
            found = increments_after(
                asked["after"], product_code=asked["product"], limit=asked["limit"]
            )
        except (FeedGone, FeedAhead) as refusal:
            problem = problem_of(refusal) | {
                "start_again_at": f"{SNAPSHOT}?product={asked['product']}"
            }
            return Response(problem, status=refusal.status, content_type=PROBLEM_JSON)
        return Response(IncrementsOutput(found).data)


class CandlesView(APIView):
    """Open, high, low, close and volume."""

    required_scope = SCOPE

    @extend_schema(
        summary="Candles of a product by market hour or day",
        tags=["market"],
        parameters=[CandlesInput],
        responses=CandleOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the candles up to now, oldest first."""
        asked = _asked(CandlesInput, request)
        found = candles_of(
            product_of(asked["product"]), step=asked["step"], now=market_now(), most=asked["count"]
        )
        return Response(CandleOutput(found, many=True).data)


class TapeView(APIView):
    """The newest trades of a product."""

    required_scope = SCOPE

    @extend_schema(
        summary="Newest trades of a product, newest first",
        tags=["market"],
        parameters=[TapeInput],
        responses=PublicTradeOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the tape."""
        asked = _asked(TapeInput, request)
        found = tape_of(product_of(asked["product"]), asked["limit"])
        return Response(PublicTradeOutput(found, many=True).data)


class IndexView(APIView):
    """The volume-weighted price."""

    required_scope = SCOPE

    @extend_schema(
        summary="VWAP index of a product over the last 24 market hours",
        tags=["market"],
        parameters=[ProductInput],
        responses=IndexOutput,
    )
    def get(self, request: Request) -> Response:
        """Return the index now."""
        asked = _asked(ProductInput, request)
        return Response(IndexOutput(index_of(product_of(asked["product"]), now=market_now())).data)
