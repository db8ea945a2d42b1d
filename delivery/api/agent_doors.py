"""Doors of an agent's session: heartbeats, work, results, readings, output."""

import base64
import binascii
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from counter.failpoints import failpoint
from delivery.actions import (
    Heartbeat,
    Outcome,
    accept_readings,
    check_clock,
    lease_commands,
    open_session,
    report_outcome,
    take_heartbeat,
    take_output,
)
from delivery.api import agent_shapes as shapes
from delivery.api.agent_access import AgentAuthentication, IsSiteAgent, agent_of
from delivery.api.serializers import BatchOut
from delivery.domain.metering import QuarterReading
from delivery.domain.site_agent import POLL_SECONDS
from delivery.queries import allocation_of_chain, meters_of
from timetable.queries import clock_in_force, market_now, wall_now

TAGS = ["site agent protocol"]


class AgentDoor(APIView):
    """A door for agents alone."""

    authentication_classes = (AgentAuthentication,)
    permission_classes = (IsSiteAgent,)

    def told(self, kind: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the body in the given shape, or refuse with 400."""
        shape = kind(data=self.request.data)
        shape.is_valid(raise_exception=True)
        told: dict[str, Any] = dict(shape.validated_data)
        return told


class Sessions(AgentDoor):
    """Begins sessions."""

    @extend_schema(
        summary="Begin a session; earlier ones are fenced off",
        tags=TAGS,
        request=shapes.SessionIn,
        responses={201: shapes.SessionOut},
    )
    def post(self, request: Request) -> Response:
        """Answer the session's fence; leases of earlier sessions are free again."""
        wall = wall_now()
        agent = open_session(
            agent_id=agent_of(request).pk, wall=wall, **self.told(shapes.SessionIn)
        )
        answer = {"fence": agent.fence, "site": agent.site}
        answer |= {"poll_seconds": POLL_SECONDS, "server_at": wall}
        return Response(shapes.SessionOut(answer).data, status=201)


class Heartbeats(AgentDoor):
    """Takes heartbeats."""

    @extend_schema(
        summary="Tell how things are; hear what to meter",
        tags=TAGS,
        request=shapes.HeartbeatIn,
        responses={200: shapes.HeartbeatOut},
    )
    def post(self, request: Request) -> Response:
        """Note what stands at the site: what is not named is gone."""
        wall = wall_now()
        beat = Heartbeat(**self.told(shapes.HeartbeatIn))
        agent = take_heartbeat(agent_id=agent_of(request).pk, beat=beat, wall=wall)
        if beat.handovers:
            failpoint("door.beat")
        answer = {
            "server_at": wall,
            "clock": clock_in_force(),
            "meters": meters_of(agent.site_id),
        }
        return Response(shapes.HeartbeatOut(answer).data)


class Leases(AgentDoor):
    """Gives work."""

    @extend_schema(
        summary="Take waiting commands under a lease",
        tags=TAGS,
        request=shapes.LeaseIn,
        responses={200: shapes.CommandsOut},
    )
    def post(self, request: Request) -> Response:
        """Answer the oldest waiting commands; none is an empty list."""
        rows = lease_commands(
            agent_id=agent_of(request).pk, wall=wall_now(), **self.told(shapes.LeaseIn)
        )
        if rows:
            failpoint("door.leased")
        return Response(shapes.CommandsOut({"commands": rows}).data)


class Results(AgentDoor):
    """Takes results."""

    @extend_schema(
        summary="Report what became of a command",
        tags=TAGS,
        request=shapes.OutcomeIn,
        responses={200: shapes.OutcomeOut},
    )
    def post(self, request: Request) -> Response:
        """Finish the command; the same report again answers the same."""
        told = self.told(shapes.OutcomeIn)
        row = report_outcome(
            agent_id=agent_of(request).pk,
            fence=told.pop("fence"),
            command_id=told.pop("command"),
            lease=told.pop("lease"),
            told=Outcome(**told),
            wall=wall_now(),
        )
        failpoint("door.reported")
        return Response(shapes.OutcomeOut(row).data)


class AgentReadings(AgentDoor):
    """Takes readings of the agent's site."""

    @extend_schema(
        summary="Deliver a signed piece of a chain of readings",
        tags=TAGS,
        request=shapes.ChainBatchIn,
        responses={200: BatchOut, 201: BatchOut},
    )
    def post(self, request: Request) -> Response:
        """Store the batch, all or none; sending it again changes nothing and answers 200."""
        told = self.told(shapes.ChainBatchIn)
        agent = check_clock(agent_id=agent_of(request).pk, fence=told["fence"])
        row = allocation_of_chain(agent.site_id, told["chain"])
        if row is None:
            raise Http404
        accepted = accept_readings(
            member_id=agent.site.owner_id,
            external_name=row.external_name,
            readings=[QuarterReading(**reading) for reading in told["readings"]],
            head=told["head"],
            signature=told["signature"],
            now=market_now(),
        )
        failpoint("door.readings_stored")
        return Response(BatchOut(accepted).data, status=201 if accepted.stored else 200)


class Outputs(AgentDoor):
    """Takes the output of jobs."""

    @extend_schema(
        summary="Send a piece of a job's output",
        tags=TAGS,
        request=shapes.OutputIn,
        responses={200: shapes.OutputOut},
    )
    def post(self, request: Request) -> Response:
        """Append the piece; one that is known already changes nothing."""
        told = self.told(shapes.OutputIn)
        try:
            told["piece"] = base64.b64decode(told["piece"], validate=True)
        except binascii.Error:
            raise ValidationError({"piece": ["This is not base64."]}) from None
        known = take_output(agent_id=agent_of(request).pk, **told)
        return Response(shapes.OutputOut({"known": known}).data)
