"""Deliveries through the API: both parties' own, and nobody else's."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.api.serializers import AllocationOut, ReadingOut, SealOut
from delivery.models import Allocation, Reading, SealedUsage
from delivery.queries import allocation_for, deliveries_of

SCOPE = "agreements"


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
