"""Preferences: language, theme, price colours, and for whom and at which desk one works."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from counter.context import THEMES, UPDOWNS

A_YEAR_SECONDS = 365 * 24 * 3600


def _back(request: HttpRequest) -> str:
    """Return the page to go back to, never another host."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR_SECONDS,
        samesite="Lax",
        secure=settings.PRODUCTION,
        httponly=True,
    )


def _switch(request: HttpRequest) -> None:
    """Remember desk and member in the session; the middleware checks that both are one's own."""
    desk = request.POST.get("desk", "")
    if desk and request.user.is_authenticated:
        request.session["desk"] = desk[:12]
    member_id = request.POST.get("member_id", "")
    if member_id.isdecimal() and request.user.is_authenticated:
        request.session["member_id"] = int(member_id)
        request.session.pop("desk", None)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back; unknown values change nothing."""
    response = HttpResponseRedirect(_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        _keep(response, "theme", theme)
    elif theme == "system":
        response.delete_cookie("theme")
    updown = request.POST.get("updown", "")
    if updown in UPDOWNS:
        _keep(response, "updown", updown)
    _switch(request)
    return response
