"""Deliveries through the API: both parties' own, and nobody else's."""

from datetime import timedelta

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.api.serializers import AllocationOut, DayIn, QualityOut, ReadingOut, SealOut
from delivery.models import Allocation, Reading, SealedUsage
from delivery.queries import allocation_for, deliveries_of
from delivery.queries.quality import verdicts_of
from delivery.queries.quarters import readings_between
from exchange.window import day_start, delivery_day
from timetable.queries import market_now

SCOPE = "agreements"
DAY = timedelta(days=1)


def own_allocation(request: Request, pk: int) -> Allocation:
    """Return the delivery if the caller is a party, else 404."""
    allocation = allocation_for(acting_of(request).member_id or 0, pk)
    if allocation is None:
        raise Http404
    return allocation


class InChainOrder(CursorPagination):
    """Readings as they are chained."""

    ordering = "sequence"
    page_size = 100


class InTimeOrder(CursorPagination):
    """Hours as they passed."""

    ordering = ("hour_start", "id")
    page_size = 100


@extend_schema(summary="Deliveries of the caller, newest first", tags=["deliveries"])
class Allocations(ListAPIView[Allocation]):
    """Lists what the caller receives or makes."""

    required_scope = SCOPE
    serializer_class = AllocationOut

    def get_queryset(self) -> QuerySet[Allocation]:
        """Return the caller's rows only."""
        return deliveries_of(acting_of(self.request).member_id or 0)


class OneAllocation(APIView):
    """Answers with one delivery."""

    required_scope = SCOPE

    @extend_schema(summary="One delivery", tags=["deliveries"], responses=AllocationOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return the delivery, or 404 to others than its parties."""
        return Response(AllocationOut(own_allocation(request, pk)).data)


@extend_schema(summary="Readings of a delivery, in the chain's order", tags=["deliveries"])
class AllocationReadings(ListAPIView[Reading]):
    """Lists readings, so that anyone of the parties can check the chain."""

    required_scope = SCOPE
    serializer_class = ReadingOut
    pagination_class = InChainOrder
    queryset = Reading.objects.none()

    def get_queryset(self) -> QuerySet[Reading]:
        """Return the readings of one of the caller's deliveries."""
        return Reading.objects.filter(allocation=own_allocation(self.request, self.kwargs["pk"]))


class AllocationQuality(APIView):
    """Tells what each quarter's figure rests on, and what is odd about it."""

    required_scope = SCOPE

    @extend_schema(
        summary="Quality code and flags of each quarter-hour of one delivery day",
        tags=["deliveries"],
        parameters=[OpenApiParameter("day", OpenApiTypes.DATE, description="delivery day")],
        responses=QualityOut(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return the day's quarters that have passed; without a day, the window's first."""
        row = own_allocation(request, pk)
        asked = DayIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("day") or delivery_day(row.starts_at)
        begins = day_start(day)
        read = readings_between(row, begins, begins + DAY)
        verdicts = verdicts_of(row, read, begins, begins + DAY, now=market_now())
        return Response(QualityOut(verdicts, many=True).data)


@extend_schema(summary="Sealed hours of a delivery", tags=["deliveries"])
class AllocationSeals(ListAPIView[SealedUsage]):
    """Lists what settlement counts."""

    required_scope = SCOPE
    serializer_class = SealOut
    pagination_class = InTimeOrder
    queryset = SealedUsage.objects.none()

    def get_queryset(self) -> QuerySet[SealedUsage]:
        """Return the sealed hours of one of the caller's deliveries."""
        return SealedUsage.objects.filter(
            allocation=own_allocation(self.request, self.kwargs["pk"])
        )
