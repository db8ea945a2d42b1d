"""Sessions: opened on a delivery for a public key, listed, and who was in."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from delivery.actions import open_shell
from delivery.api.allocations import own_allocation
from delivery.api.jobs import READS, WRITES
from delivery.domain.jobs import MAX_TIME_LIMIT_S
from delivery.models import Shell, ShellVisit
from delivery.queries import shells_of
from timetable.queries import market_now, wall_now


class ShellIn(StrictSerializer):
    """A session on one delivery, for whoever has the private half of the key."""

    public_key = serializers.CharField(max_length=2_000)
    devices = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    time_limit_s = serializers.IntegerField(default=1_800, min_value=1, max_value=MAX_TIME_LIMIT_S)
    client_job_id = serializers.CharField(
        default="", max_length=64, help_text="your own; sent twice, one session is opened"
    )


class VisitOut(serializers.ModelSerializer[ShellVisit]):
    """One connection: from where and when (wall time); what was typed is not kept."""

    class Meta:
        """Names are those of the row."""

        model = ShellVisit
        fields = ("from_address", "entered_at", "left_at")


class ShellOut(serializers.ModelSerializer[Shell]):
    """A session: its job, the key that enters it, and who was in, newest first."""

    name = serializers.CharField(source="__str__")
    state = serializers.CharField(source="job.state")
    visits = serializers.SerializerMethodField()

    class Meta:
        """It ends as its job does: POST /jobs/<job>/cancel/."""

        model = Shell
        fields = ("id", "name", "job", "state", "fingerprint", "certificate_until", "visits")

    def get_visits(self, row: Shell) -> list[dict[str, Any]]:
        """Return the newest twenty visits."""
        return list(VisitOut(row.visits.all()[:20], many=True).data)


class OpenedShellOut(serializers.Serializer[Any]):
    """What is needed to enter: save the certificate beside the key as KEY-cert.pub."""

    session = ShellOut(source="shell")
    certificate = serializers.CharField()
    known_hosts = serializers.CharField()
    command = serializers.CharField()


class OpenShell(APIView):
    """Opens a session on one delivery."""

    required_scope = WRITES

    @extend_schema(
        summary="Open a session on a delivery for a public key",
        tags=["jobs"],
        request=ShellIn,
        responses={201: OpenedShellOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Queue the session and certify the key for it, for at most an hour."""
        shape = ShellIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        opened = open_shell(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=own_allocation(request, pk).pk,
            now=market_now(),
            wall=wall_now(),
            **shape.validated_data,
        )
        return Response(OpenedShellOut(opened).data, status=201)


class Shells(ListAPIView[Shell]):
    """Lists the caller's sessions."""

    required_scope = READS
    serializer_class = ShellOut

    def get_queryset(self) -> QuerySet[Shell]:
        """Return the caller's rows only."""
        return shells_of(acting_of(self.request).member_id or 0)

    @extend_schema(summary="Sessions of the caller, newest first", tags=["jobs"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of sessions."""
        return super().get(request, *args, **kwargs)
