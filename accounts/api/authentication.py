"""Who calls the API: a member's credential by bearer token, or a person by session."""

from io import BytesIO
from typing import Any, cast

from django.core.handlers.wsgi import WSGIRequest
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.actions import note_use
from accounts.api.believed import believe
from counter.access import acting_of
from counter.acting import Acting
from timetable.queries import wall_now


class MemberTokenAuthentication(OAuth2Authentication):  # type: ignore[misc]
    """OAuth2 client credentials: the token's application acts for its member."""

    def authenticate(self, request: Request) -> tuple[Any, Acting] | None:
        """Return the member's Acting, or None when there is no valid bearer token."""
        answer = super().authenticate(request)
        if answer is None:
            return None
        _user, token = answer
        application = token.application
        if application is None:
            return None
        note_use(application_id=application.pk, last=application.last_used_at, wall=wall_now())
        member = application.member
        acting = Acting(
            member_id=member.pk,
            member_name=member.name,
            capabilities=frozenset(member.capabilities),
            role="APPLICATION",
            scopes=frozenset(token.scope.split()),
            admitted=member.may_trade,
        )
        believe(request.META.get("HTTP_AUTHORIZATION", ""), acting)
        return application, acting


def look_up(environ: dict[str, Any]) -> Acting | None:
    """Return for whom the bearer token of a bare request acts, by the tables; None for none.

    Nothing of the request's body is read.
    """
    bare = {**environ, "CONTENT_TYPE": "application/json", "wsgi.input": BytesIO()}
    try:
        answer = MemberTokenAuthentication().authenticate(cast("Request", WSGIRequest(bare)))
    except APIException:
        return None
    return None if answer is None else answer[1]


class MemberSessionAuthentication(SessionAuthentication):
    """A signed-in person, with the CSRF check, acting for the chosen member."""

    def authenticate(self, request: Request) -> tuple[Any, Acting] | None:
        """Return the person's Acting, or None when nobody has signed in."""
        answer = super().authenticate(request)
        if answer is None:
            return None
        return answer[0], acting_of(request._request)
