"""Acts on the market are confirmed by who signs them: the second factor, asked again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    suspend_request,
)
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from counter.watching import second_factor_held

Page = Callable[..., HttpResponse]


def second_look(page: Page) -> Page:
    """Ask who posts for the second factor, unless they gave it in the last minutes.

    Demo people of a sandbox market give their password; others without one set it up first.
    The posted form waits meanwhile and is carried out afterwards.
    """

    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return page(request, *args, **kwargs)
        if is_mfa_enabled(request.user):
            if not _gave(request, "mfa"):
                return _ask(request, "mfa_reauthenticate")
        elif not second_factor_held(request):
            messages.error(request, _("This needs a second factor. Set one up first."))
            return HttpResponseRedirect(reverse("mfa_index"))
        elif not _gave(request, "password"):
            return _ask(request, "account_reauthenticate")
        return page(request, *args, **kwargs)

    return guarded


def _ask(request: HttpRequest, view: str) -> HttpResponse:
    answer: HttpResponse = suspend_request(request, reverse(view))
    return answer


def _gave(request: HttpRequest, method: str) -> bool:
    """Tell whether the person gave that factor again, in the last minutes."""
    if not did_recently_reauthenticate(request):
        return False
    records = get_authentication_records(request, request.user)
    again = [record for record in records if record.get("reauthenticated")]
    return bool(again) and again[-1].get("method") == method
