"""Answers before the market's: who will not wait is told where its entry waits, and asks later."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from exchange.refusal import Refused
from marketplace.actions import outcome_of
from marketplace.api.answered import EARLY, outcome_answered, refused
from marketplace.api.entry import SCOPE, Asked, prefers_early
from marketplace.api.outputs import OutcomeOutput

EARLY_PARAMETER = OpenApiParameter(
    "Prefer",
    location=OpenApiParameter.HEADER,
    enum=[EARLY],
    description="answer 202 as soon as it is queued; nothing is durable then",
)


def asked_of(request: Request, order_id: int = 0) -> Asked:
    """Return what was sent to the door of orders."""
    early = prefers_early(request.headers.get("Prefer", ""))
    return Asked(request._request.body, acting_of(request), order_id, early)


class OutcomeQuery(StrictSerializer):
    """One of the two ids."""

    client_order_id = serializers.CharField(max_length=64, required=False, help_text="an order's")
    client_id = serializers.CharField(
        max_length=64, required=False, help_text="of a change or an ending"
    )

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Refuse both ids, and none."""
        if len(attrs) != 1:
            raise serializers.ValidationError({"client_order_id": "name one of the two ids"})
        return attrs


class Outcomes(APIView):
    """What became of an entry of the caller's."""

    required_scope = SCOPE

    @extend_schema(
        summary="What became of an order or another entry, by your own id of it",
        tags=["orders"],
        parameters=[OutcomeQuery],
        responses=OutcomeOutput,
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer that it waits, or its answer; 404 when nothing was accepted under the id."""
        sent = OutcomeQuery(data=request.query_params)
        sent.is_valid(raise_exception=True)
        try:
            answer = outcome_of(member_id=acting_of(request).member_id or 0, **sent.validated_data)
        except Refused as refusal:
            return refused(refusal).to_response()
        return outcome_answered(answer).to_response()
