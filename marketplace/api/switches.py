"""Cancel on disconnect: HTTP has no session, so a member says how long its silence may last."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from marketplace.actions import set_switch
from marketplace.domain.switches import LONGEST_S, SHORTEST_S
from marketplace.queries.switches import switch_of
from timetable.queries import market_now, wall_now

SCOPE = "orders"
HALF_A_MINUTE = OpenApiExample(
    "End everything unless this is sent again within 30 s", request_only=True, value={"seconds": 30}
)
SWITCHED_OFF = OpenApiExample("Switch it off", request_only=True, value={"seconds": 0})


class SwitchInput(StrictSerializer):
    """How long the member may be silent."""

    seconds = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_S,
        help_text=f"wall seconds, {SHORTEST_S} to {LONGEST_S}; 0 switches off",
    )


class SwitchOutput(serializers.Serializer[object]):
    """How the member's newest switch stands."""

    state = serializers.ChoiceField(["NONE", "ARMED", "FIRING", "FIRED", "OFF"])
    seconds = serializers.IntegerField(default=0)
    due_at = serializers.DateTimeField(allow_null=True, default=None, help_text="wall time")
    fired_at = serializers.DateTimeField(allow_null=True, default=None, help_text="wall time")
    ended = serializers.IntegerField(
        allow_null=True, default=None, help_text="orders and listings that it ended"
    )


class CancelAfter(APIView):
    """The caller's dead-man switch."""

    required_scope = SCOPE

    @extend_schema(summary="Your dead-man switch", tags=["orders"], responses=SwitchOutput)
    def get(self, request: Request) -> Response:
        """Tell how it stands."""
        return Response(_told(acting_of(request).member_id or 0))

    @extend_schema(
        summary="End all your orders and listings unless you say this again in time",
        tags=["orders"],
        request=SwitchInput,
        responses=SwitchOutput,
        examples=[HALF_A_MINUTE, SWITCHED_OFF],
    )
    def post(self, request: Request) -> Response:
        """Arm it, keep it from firing, or (0) switch it off."""
        sent = SwitchInput(data=request.data)
        sent.is_valid(raise_exception=True)
        acting = acting_of(request)
        set_switch(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            now=market_now(),
            wall=wall_now(),
            **sent.validated_data,
        )
        return Response(_told(acting.member_id or 0))


def _told(member_id: int) -> dict[str, object]:
    switch = switch_of(member_id)
    return dict(SwitchOutput({"state": "NONE"} if switch is None else switch).data)
