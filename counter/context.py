"""What every page's frame needs: who acts, the market clock, theme, navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from counter.access import acting_of
from timetable.queries import clock_state


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's facts for templates."""
    return {
        "acting": acting_of(request),
        "clock": clock_state(),
        "sandbox_market": settings.SANDBOX_MARKET,
        "theme": request.COOKIES.get("theme", ""),
        "updown": request.COOKIES.get("updown", ""),
        "events_url": settings.EVENTS_URL,
    }
