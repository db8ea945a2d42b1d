"""Every request knows who acts, for which member, and with what rights."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from accounts.domain.roles import needs_second_factor
from accounts.models import Membership, Person
from accounts.queries import memberships_of
from counter.acting import NOBODY, Acting
from counter.watching import second_factor_held

# Where a person without the second factor may go: to set one up, sign out, choose a member.
OPEN_WITHOUT_SECOND_FACTOR = ("/accounts/", "/second-factor/", "/preferences/", "/static/")


class ActingMemberMiddleware:
    """Sets `request.acting` from the session's person and chosen member.

    People of operators and regulators have no rights until they have a second factor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find who acts and pass the request on, or to the page that asks for a second factor."""
        acting = _acting(request)
        request.acting = acting  # type: ignore[attr-defined]
        if acting.lacks_second_factor and not _is_open(request):
            return redirect("accounts:second_factor")
        return self.get_response(request)


def _is_open(request: HttpRequest) -> bool:
    return request.path.startswith(OPEN_WITHOUT_SECOND_FACTOR) or request.path.startswith("/api/")


def _acting(request: HttpRequest) -> Acting:
    if not request.user.is_authenticated:
        return NOBODY
    assert isinstance(request.user, Person)
    _speak(request, request.user.language)
    memberships = list(memberships_of(request.user.pk))
    named = tuple((row.member_id, row.member.name) for row in memberships)
    if not memberships:
        return Acting(person_id=request.user.pk)
    chosen = request.session.get("member_id")
    membership = next((row for row in memberships if row.member_id == chosen), memberships[0])
    watches = needs_second_factor(frozenset(membership.member.capabilities))
    if watches and not second_factor_held(request):
        return Acting(
            person_id=request.user.pk,
            member_id=membership.member_id,
            member_name=membership.member.name,
            memberships=named,
            lacks_second_factor=True,
        )
    return _with_rights(request, membership, named)


def _with_rights(
    request: HttpRequest, membership: Membership, named: tuple[tuple[int, str], ...]
) -> Acting:
    member = membership.member
    desk = request.session.get("desk", "")
    return Acting(
        person_id=membership.person_id,
        member_id=member.pk,
        member_name=member.name,
        capabilities=frozenset(member.capabilities),
        desk=desk if desk in member.capabilities else next(iter(member.capabilities), ""),
        role=membership.role,
        admitted=member.may_trade,
        memberships=named,
    )


def _speak(request: HttpRequest, language: str) -> None:
    """Use the person's own language where the browser holds no other choice."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language != settings.LANGUAGE_CODE:
        translation.activate(language)
        request.LANGUAGE_CODE = language
