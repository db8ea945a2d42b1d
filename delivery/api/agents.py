"""The seller's side of agents: a code to join, how they are, and their end."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.actions import issue_enrolment_code, revoke_agent
from delivery.api.agent_shapes import AgentOut, CodeIn, CodeOut
from delivery.models import SiteAgent
from delivery.queries import agents_of, health_of
from timetable.queries import market_now, wall_now

SCOPE = "readings"
TAGS = ["site agents"]


class EnrolmentCodes(APIView):
    """Issues one-time codes for own sites."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Issue a code by which a site's agent joins",
        tags=TAGS,
        request=CodeIn,
        responses={201: CodeOut},
    )
    def post(self, request: Request) -> Response:
        """Tell a new code, once; an earlier open one of the site is withdrawn."""
        shape = CodeIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        issued = issue_enrolment_code(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            site_code=shape.validated_data["site"],
            now=market_now(),
            wall=wall_now(),
        )
        return Response(CodeOut(issued).data, status=201)


@extend_schema(summary="Agents of own sites and how they are", tags=TAGS, responses=AgentOut)
class Agents(ListAPIView[SiteAgent]):
    """Lists own agents, those in force first."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)
    serializer_class: type[BaseSerializer[SiteAgent]] = AgentOut

    def list(self, request: Request, *_args: object, **_kwargs: object) -> Response:
        """Answer a page of agents with what is open at their sites."""
        rows = self.paginate_queryset(agents_of(acting_of(request).member_id or 0))
        return self.get_paginated_response(AgentOut(health_of(rows or []), many=True).data)


class RevokeAgent(APIView):
    """Ends own agents."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Revoke a site's agent", tags=TAGS, request=None, responses={200: AgentOut}
    )
    def post(self, request: Request, name: str) -> Response:
        """End the agent's key and credentials; a second call changes nothing."""
        acting = acting_of(request)
        agent = revoke_agent(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            agent_name=name,
            now=market_now(),
            wall=wall_now(),
        )
        return Response(AgentOut(health_of([agent])[0]).data)
