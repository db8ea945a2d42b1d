"""Doors by which an agent joins and gets credentials; its key's signature is the proof."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.actions import challenge_for, enrol_agent, issue_credential
from delivery.api.agent_shapes import (
    ChallengeIn,
    ChallengeOut,
    CredentialIn,
    CredentialOut,
    EnrolIn,
    EnrolledOut,
)
from timetable.queries import market_now, wall_now

TAGS = ["site agent protocol"]


class OpenDoor(APIView):
    """A door that asks for a proof in the body instead of a credential."""

    authentication_classes: tuple[Any, ...] = ()
    permission_classes: tuple[Any, ...] = ()


class Enrol(OpenDoor):
    """Takes a code and a key."""

    @extend_schema(
        summary="Join a site with a one-time code",
        tags=TAGS,
        auth=[],
        request=EnrolIn,
        responses={201: EnrolledOut},
    )
    def post(self, request: Request) -> Response:
        """Make the key's holder the site's agent; the same again answers with the same agent."""
        shape = EnrolIn(data=request.data)
        shape.is_valid(raise_exception=True)
        enrolled = enrol_agent(**shape.validated_data, now=market_now(), wall=wall_now())
        return Response(EnrolledOut(enrolled).data, status=201)


class Challenges(OpenDoor):
    """Gives what is to be signed."""

    @extend_schema(
        summary="Ask for a challenge",
        tags=TAGS,
        auth=[],
        request=ChallengeIn,
        responses={201: ChallengeOut},
    )
    def post(self, request: Request) -> Response:
        """Answer a challenge of a minute; it tells nothing of which agents there are."""
        shape = ChallengeIn(data=request.data)
        shape.is_valid(raise_exception=True)
        challenge = challenge_for(shape.validated_data["agent"])
        return Response(ChallengeOut({"challenge": challenge}).data, status=201)


class Credentials(OpenDoor):
    """Gives credentials of minutes."""

    @extend_schema(
        summary="Get a credential for a signed challenge",
        tags=TAGS,
        auth=[],
        request=CredentialIn,
        responses={201: CredentialOut},
    )
    def post(self, request: Request) -> Response:
        """Answer a fresh credential; a challenge serves once."""
        shape = CredentialIn(data=request.data)
        shape.is_valid(raise_exception=True)
        told = shape.validated_data
        issued = issue_credential(
            agent_name=told["agent"],
            challenge=told["challenge"],
            signature=told["signature"],
            wall=wall_now(),
        )
        return Response(CredentialOut(issued).data, status=201)
