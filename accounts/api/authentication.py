"""Who calls the API: a member's credential by bearer token, or a person by session."""

import time
from hashlib import sha256
from typing import Any, cast

from django.http import HttpRequest
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.actions import note_use
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
        return application, Acting(
            member_id=member.pk,
            member_name=member.name,
            capabilities=frozenset(member.capabilities),
            role="APPLICATION",
            scopes=frozenset(token.scope.split()),
            admitted=member.may_trade,
        )


# A token's rights are believed for so long in a web process; the market checks the member again.
BELIEVED_SECONDS = 5.0
MOST_BELIEVED = 10_000
_believed: dict[bytes, tuple[float, Acting]] = {}


def acting_of_token(request: HttpRequest) -> Acting | None:
    """Return for whom the request's bearer token acts, or None without a valid one."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header.startswith("Bearer "):
        return None
    name, at = sha256(header.encode()).digest(), time.monotonic()
    known = _believed.get(name)
    if known is not None and at < known[0]:
        return known[1]
    try:
        # The plain request: an API request without parsers refuses to look at a JSON body.
        answer = MemberTokenAuthentication().authenticate(cast("Request", request))
    except APIException:
        return None
    if answer is None:
        return None
    if len(_believed) >= MOST_BELIEVED:
        _believed.clear()
    _believed[name] = (at + BELIEVED_SECONDS, answer[1])
    return answer[1]


class MemberSessionAuthentication(SessionAuthentication):
    """A signed-in person, with the CSRF check, acting for the chosen member."""

    def authenticate(self, request: Request) -> tuple[Any, Acting] | None:
        """Return the person's Acting, or None when nobody has signed in."""
        answer = super().authenticate(request)
        if answer is None:
            return None
        return answer[0], acting_of(request._request)
