"""The health of connectors, for the operator: a day in pictures, and what is in trouble."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from counter.access import for_members
from counter.paging import page_of
from counter.pictures import Cell, HeatRow, step_of
from delivery.pages.words import STATES, StateWords
from delivery.queries import all_deliveries
from delivery.queries.connector_health import (
    A_DAY_HOURS,
    ConnectorSummary,
    HourOfHandovers,
    first_hour_of_day,
    retried,
    summaries,
)
from exchange.window import HOUR, MARKET_ZONE
from timetable.queries import market_now

WELL = StateWords("ok", "check", gettext_lazy("Well"))
TROUBLED = StateWords("warn", "warn", gettext_lazy("In trouble"))
AT_REST = StateWords("", "clock", gettext_lazy("At rest"))


@dataclass(frozen=True)
class ConnectorRow:
    """One connector as the page shows it; `behind_minutes` of the market, None: nothing runs."""

    summary: ConnectorSummary
    state: StateWords
    handover: str
    behind_minutes: int | None


@require_safe
@for_members("OPERATOR")
def connectors(request: HttpRequest) -> HttpResponse:
    """Show each connector's day, what sites are asked again, and deliveries in trouble."""
    now = market_now()
    found = summaries(now)
    page = page_of(request, all_deliveries().filter(state__in=["INTERRUPTED", "FAILED"]))
    for row in page:
        row.shown_state = STATES[row.state]
        row.reason = _(row.state_reason) if row.state_reason else ""
    first = first_hour_of_day(now)
    hours = [first + place * HOUR for place in range(A_DAY_HOURS)]
    return TemplateResponse(
        request,
        "delivery/connectors.html",
        {
            "rows": [_row(one, now) for one in found],
            "hours": [f"{hour.astimezone(MARKET_ZONE):%H}" for hour in hours],
            "heat": _heat(found),
            "live": sum(one.live for one in found),
            "accepted": sum(one.accepted for one in found),
            "troubled": sum(one.troubled for one in found),
            "retried": retried(),
            "page": page,
        },
    )


def _row(one: ConnectorSummary, now: datetime) -> ConnectorRow:
    state = TROUBLED if one.interrupted else WELL if one.live else AT_REST
    behind = None if one.metered_until is None else max(now - one.metered_until, HOUR * 0)
    return ConnectorRow(
        one,
        state,
        "–" if one.handover_s is None else f"{one.handover_s:.1f}",
        None if behind is None else int(behind.total_seconds()) // 60,
    )


def _heat(found: list[ConnectorSummary]) -> list[HeatRow]:
    """Return a row a connector: hand-overs that passed by hour; striped where there was trouble."""
    most = max((hour.accepted for one in found for hour in one.hours), default=0)
    return [HeatRow(one.connector, tuple(_cell(hour, most) for hour in one.hours)) for one in found]


def _cell(hour: HourOfHandovers, most: int) -> Cell:
    if hour.troubled:
        reason = ngettext("%(count)s failure", "%(count)s failures", hour.troubled)
        return Cell(str(hour.accepted), reason=reason % {"count": hour.troubled})
    if not hour.accepted:
        return Cell("·")
    return Cell(str(hour.accepted), step=step_of(hour.accepted, 0, most + 1))
