"""A delivery's chain of substitutes through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.api.allocations import SCOPE, own_allocation
from delivery.queries import chain_for


class SubstitutionOut(serializers.Serializer[Any]):
    """Where a substitution stands; amounts in micros, with VAT, borne by the seller."""

    attempt = serializers.IntegerField()
    state = serializers.CharField()
    reason = serializers.CharField()
    opened_at = serializers.DateTimeField()
    covers_from = serializers.DateTimeField(allow_null=True)
    cap_micros = serializers.IntegerField()
    cost_micros = serializers.IntegerField()


class StationOut(serializers.Serializer[Any]):
    """One delivery of the chain; `next_agreement` is what replaced it, for its buyer only."""

    allocation = serializers.IntegerField(source="allocation.pk")
    agreement = serializers.CharField(source="allocation.agreement.number")
    state = serializers.CharField(source="allocation.state")
    substitution = SubstitutionOut(allow_null=True)
    next_agreement = serializers.CharField()


class Chains(APIView):
    """Answers with the deliveries of one purchase: at most four."""

    required_scope = SCOPE

    @extend_schema(
        summary="What replaced a delivery, and what it replaced",
        tags=["deliveries"],
        responses=StationOut(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return the chain for its buyer, the own part for a seller; empty without any."""
        chain = chain_for(own_allocation(request, pk), acting_of(request).member_id)
        return Response(StationOut(chain, many=True).data)
