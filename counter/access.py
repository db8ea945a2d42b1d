"""Access to pages and API: deny by default, by capability and role."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from counter.acting import NOBODY, Acting
from exchange.refusal import NotPermitted

Page = Callable[..., HttpResponseBase]


def acting_of(request: HttpRequest | Request) -> Acting:
    """Return who acts in the request; NOBODY when no one has signed in."""
    acting = getattr(request, "acting", None)
    auth = getattr(request, "auth", None) if isinstance(request, Request) else None
    if isinstance(auth, Acting):
        return auth
    return acting if isinstance(acting, Acting) else NOBODY


def for_members(*capabilities: str, writes: bool = False) -> Callable[[Page], Page]:
    """Open a page to members with one of the capabilities (any member if none named).

    Strangers are sent to sign in; others get 404, so that addresses tell nothing.
    `writes` asks for a trading role on unsafe methods.
    """

    def decorate(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            acting = acting_of(request)
            if acting.is_anonymous:
                return redirect_to_login(request.get_full_path())
            if capabilities and not any(acting.has(name) for name in capabilities):
                raise Http404
            if writes and request.method not in {"GET", "HEAD"} and not acting.may_trade:
                raise NotPermitted
            return page(request, *args, **kwargs)

        return guarded

    return decorate


class ActsForAMember(BasePermission):
    """The API's default: a credential or a person that acts for an admitted member."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse callers without a member, scope or capability that the view asks for.

        Views name `required_scope` (None: any credential) and `required_capabilities`
        (any of them). A view that names no scope is closed to credentials.
        """
        acting = acting_of(request)
        if not acting.admitted or acting.member_id is None:
            return False
        scope = getattr(view, "required_scope", "")
        if acting.role == "APPLICATION" and scope is not None and scope not in acting.scopes:
            return False
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not acting.may_trade:
            return False
        wanted = getattr(view, "required_capabilities", ())
        return not wanted or any(acting.has(name) for name in wanted)
