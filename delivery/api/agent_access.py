"""Who calls the agents' doors: an agent by its credential, for its site alone."""

import hashlib
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from counter.access import acting_of
from counter.acting import Acting
from delivery.models import SiteAgent
from delivery.queries import agent_of_token
from timetable.queries import wall_now

KEYWORD = "Bearer"


class AgentAuthentication(BaseAuthentication):
    """A credential of minutes, issued to a key; it opens no door but the agents'."""

    def authenticate(self, request: Request) -> tuple[SiteAgent, Acting] | None:
        """Return agent and Acting; None without a bearer token, 401 with one that is over."""
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != KEYWORD.lower().encode():
            return None
        token = hashlib.sha256(words[1]).hexdigest()
        agent = agent_of_token(token, wall_now())
        if agent is None:
            msg = "The credential is not in force."
            raise AuthenticationFailed(msg)
        owner = agent.site.owner
        acting = Acting(
            member_id=owner.pk,
            member_name=owner.name,
            role="AGENT",
            admitted=owner.may_trade,
        )
        return agent, acting

    def authenticate_header(self, request: Request) -> str:
        """Say how to ask again."""
        return KEYWORD


class IsSiteAgent(BasePermission):
    """Opens a door to agents in force whose owner is admitted."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse everybody else."""
        caller: object = request.user
        return isinstance(caller, SiteAgent) and acting_of(request).admitted


def agent_of(request: Request) -> SiteAgent:
    """Return the calling agent."""
    caller: object = request.user
    if not isinstance(caller, SiteAgent):
        raise NotAuthenticated
    return caller


class AgentCredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's document describes an agent's credential."""

    target_class = AgentAuthentication
    name = "agentCredential"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return a bearer token from /api/v1/agent/credentials/."""
        return {"type": "http", "scheme": "bearer"}
