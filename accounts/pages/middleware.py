"""Every request knows who acts, and for which member."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.models import Membership
from counter.acting import NOBODY, Acting


class ActingMemberMiddleware:
    """Sets `request.acting` from the session's person and chosen member."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find who acts and pass the request on."""
        request.acting = self._acting(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def _acting(self, request: HttpRequest) -> Acting:
        if not request.user.is_authenticated:
            return NOBODY
        person_id = request.user.pk
        memberships = list(
            Membership.objects.select_related("member").filter(person_id=person_id, revoked_at=None)
        )
        chosen = request.session.get("member_id")
        membership = next(
            (row for row in memberships if row.member_id == chosen),
            memberships[0] if memberships else None,
        )
        if membership is None:
            return Acting(person_id=person_id)
        member = membership.member
        desk = request.session.get("desk", "")
        return Acting(
            person_id=person_id,
            member_id=member.pk,
            member_name=member.name,
            capabilities=frozenset(member.capabilities),
            desk=desk if desk in member.capabilities else next(iter(member.capabilities), ""),
            role=membership.role,
            admitted=member.state == "ADMITTED",
            memberships=tuple((row.member_id, row.member.name) for row in memberships),
        )
