"""The buyer's probe and disputes of the meter; the operator decides."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.actions import accept_probe_readings, decide_dispute, open_dispute
from delivery.api.probe_serializers import (
    DecisionIn,
    DisputeIn,
    DisputeOut,
    ProbeBatchIn,
    ProbeBatchOut,
)
from delivery.domain.metering import QuarterReading
from delivery.models import MeterDispute
from delivery.queries.disputes import disputes_of
from timetable.queries import market_now

SCOPE = "agreements"


class ProbeReadings(APIView):
    """Takes what the buyer's probe found."""

    required_scope = SCOPE
    required_capabilities = ("BUYER",)

    @extend_schema(
        summary="Deliver readings of the buyer's own probe",
        tags=["readings"],
        request=ProbeBatchIn,
        responses={200: ProbeBatchOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Store the readings, all or none; the same again changes nothing."""
        shape = ProbeBatchIn(data=request.data)
        shape.is_valid(raise_exception=True)
        stored = accept_probe_readings(
            member_id=acting_of(request).member_id or 0,
            allocation_id=pk,
            readings=[QuarterReading(**one) for one in shape.validated_data["readings"]],
            now=market_now(),
        )
        return Response({"stored": stored})


class Disputes(APIView):
    """Contests an hour."""

    required_scope = SCOPE
    required_capabilities = ("BUYER",)

    @extend_schema(
        summary="Contest a sealed hour by the buyer's probe",
        tags=["readings"],
        request=DisputeIn,
        responses={200: DisputeOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Open the dispute, or return the one there is."""
        shape = DisputeIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        dispute = open_dispute(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=pk,
            hour_start=shape.validated_data["hour_start"],
            now=market_now(),
        )
        return Response(DisputeOut(dispute).data)


@extend_schema(summary="Meter disputes of the caller's deliveries", tags=["readings"])
class AllDisputes(ListAPIView[MeterDispute]):
    """Lists the disputes of the caller's deliveries; the operator's list has all."""

    required_scope = SCOPE
    serializer_class = DisputeOut

    def get_queryset(self) -> QuerySet[MeterDispute]:
        """Return the caller's rows only."""
        acting = acting_of(self.request)
        return disputes_of(acting.member_id or 0, everybody=acting.has("OPERATOR"))


class DecideDispute(APIView):
    """Decides a dispute."""

    required_scope = SCOPE
    required_capabilities = ("OPERATOR",)

    @extend_schema(
        summary="Decide a meter dispute (operator)",
        tags=["readings"],
        request=DecisionIn,
        responses={200: DisputeOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Uphold or dismiss it, with the reason."""
        shape = DecisionIn(data=request.data)
        shape.is_valid(raise_exception=True)
        dispute = decide_dispute(
            dispute_id=pk,
            upheld=shape.validated_data["upheld"],
            reason=shape.validated_data["reason"],
            person_id=acting_of(request).person_id,
            now=market_now(),
        )
        return Response(DisputeOut(dispute).data)
