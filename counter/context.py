"""What every page's frame needs: who acts, the market clock, theme, navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from counter.access import acting_of
from counter.acting import Acting
from counter.navigation import DESK_LABELS, places_for
from counter.watching import second_factor_spared
from timetable.queries import clock_state

THEMES = ("light", "dark")
UPDOWNS = ("redup", "greenup")


def address_of(view: str, *args: Any) -> str:
    """Return the address of a view, empty while no room defines it."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""


def bar_of(acting: Acting, view_name: str) -> list[dict[str, Any]]:
    """Return the words of the bar with their addresses; undefined places are left out."""
    return [
        {"label": place.label, "href": href, "current": place.holds(view_name)}
        for place in places_for(acting.desk if acting.admitted else "")
        if (href := address_of(place.view))
    ]


def updown_of(request: HttpRequest) -> str:
    """Return the colours of prices: the reader's choice, else red up in Chinese."""
    chosen = request.COOKIES.get("updown", "")
    if chosen in UPDOWNS:
        return chosen
    return "redup" if (get_language() or "").startswith("zh") else "greenup"


def events_url() -> str:
    """Return where pages hear what changed; nothing in development without a door for events."""
    if settings.EVENTS_URL or settings.PRODUCTION:
        return f"{settings.EVENTS_URL.rstrip('/')}/events/"
    return ""


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's facts for templates."""
    acting = acting_of(request)
    theme = request.COOKIES.get("theme", "")
    match = request.resolver_match
    return {
        "acting": acting,
        "bar": bar_of(acting, match.view_name if match else ""),
        "desks": [(name, label) for name, label in DESK_LABELS.items() if acting.has(name)],
        "clock": clock_state(),
        "sandbox_market": settings.SANDBOX_MARKET,
        "second_factor_spared": second_factor_spared(request),
        "theme": theme if theme in THEMES else "",
        "updown": updown_of(request),
        "events_url": events_url(),
    }
