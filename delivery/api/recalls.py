"""Recalls through the API: the seller gives the notice, both parties read of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from delivery.actions import recall_allocation
from delivery.api.serializers import AllocationOut
from timetable.queries import market_now


class RecallIn(StrictSerializer):
    """From when on the seller wants its devices back; without it, as soon as the notice allows."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Name the field `from`, which no attribute of a class may be called."""
        return {"from": serializers.DateTimeField(required=False)}


class Recalls(APIView):
    """Recalls one delivery."""

    required_scope = "agreements"
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Recall recallable capacity after its notice",
        tags=["deliveries"],
        request=RecallIn,
        responses={200: AllocationOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Give the notice; the same again changes nothing."""
        shape = RecallIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        row = recall_allocation(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=pk,
            wanted=shape.validated_data.get("from"),
            now=market_now(),
        )
        return Response(AllocationOut(row).data)
