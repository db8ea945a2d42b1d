"""A delivery as steps, heat map and event line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counter.pictures import Cell, HeatRow, StepRow, step_of
from counter.templatetags.figures import instant
from delivery.domain.metering import QUARTER, QUARTERS
from delivery.domain.vee import Quality, QuarterVerdict
from delivery.models import Allocation, AllocationEvent, LinkDelivery
from delivery.pages.words import STATES
from delivery.pages.words_of_meters import FLAGS, QUALITIES
from delivery.queries.quarters import QuarterFact
from exchange.units import BP
from exchange.window import HOUR, MARKET_ZONE, day_start, delivery_day

PATH = ("PLANNED", "PROVISIONING", "ACCEPTED", "DELIVERING", "COMPLETED")


def steps_of(row: Allocation, events: Sequence[AllocationEvent]) -> list[StepRow]:
    """Return the path of a delivery with the market time of each step."""
    reached = {event.kind: event.at for event in events}
    shown = "DELIVERING" if row.state == "INTERRUPTED" else row.state
    if row.state in {"FAILED", "RECALLED"}:
        done = [
            StepRow("done", str(STATES[name].text), instant(reached[name]))
            for name in PATH
            if name in reached
        ]
        return [*done, StepRow("now", str(STATES[row.state].text), instant(row.state_since))]
    steps = []
    for name in PATH:
        state = "now" if name == shown else ("done" if name in reached else "next")
        if name == "COMPLETED" and shown == "COMPLETED":
            state = "done"
        steps.append(StepRow(state, str(STATES[name].text), _when(name, reached, row)))
    return steps


def _when(name: str, reached: dict[str, datetime], row: Allocation) -> str:
    planned = {"DELIVERING": row.starts_at, "COMPLETED": row.ends_at}
    at = reached.get(name) or planned.get(name)
    return instant(at) if at else ""


def days_of(row: Allocation | LinkDelivery) -> list[date]:
    """Return the delivery days that the window touches."""
    first, last = delivery_day(row.starts_at), delivery_day(row.ends_at - HOUR)
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def span_of(row: Allocation | LinkDelivery, day: date) -> tuple[datetime, datetime]:
    """Return the part of the window that is on the delivery day."""
    begins = day_start(day)
    return max(row.starts_at, begins), min(row.ends_at, begins + timedelta(days=1))


def hours_between(starts_at: datetime, ends_at: datetime) -> list[str]:
    """Return the hours of the day in Shanghai, as the heat map's columns."""
    count = int((ends_at - starts_at) / HOUR)
    return [f"{(starts_at + k * HOUR).astimezone(MARKET_ZONE):%H}" for k in range(count)]


def heat_rows(quarters: Sequence[QuarterFact]) -> list[HeatRow]:
    """Return four rows, one a quarter of the hour, with a column for each hour."""
    return [
        HeatRow(f":{index * 15:02}", tuple(_cell(fact) for fact in quarters[index::QUARTERS]))
        for index in range(QUARTERS)
    ]


def _cell(fact: QuarterFact) -> Cell:
    """Return the share in percent; stripes for trouble, dots for estimates."""
    if fact.delivered_bp is None:
        return Cell("·")
    text = str(fact.delivered_bp * 100 // BP)
    if fact.unhealthy_device_seconds:
        minutes = -(-fact.unhealthy_device_seconds // 60)
        reason = ngettext(
            "%(minutes)s device-minute unhealthy", "%(minutes)s device-minutes unhealthy", minutes
        ) % {"minutes": minutes}
        return Cell(text, reason=reason)
    step = step_of(fact.delivered_bp, 0, BP)
    return Cell(text, step=step, mark=_("estimated, not measured") if fact.estimated else "")


@dataclass(frozen=True)
class QuarterRow:
    """A quarter worth a line: when, what happened, what its figure rests on, and what is odd."""

    when: str
    what: str
    quality: str
    flags: str


def noted_quarters(
    quarters: Sequence[QuarterFact], verdicts: Sequence[QuarterVerdict]
) -> list[QuarterRow]:
    """Return in words each quarter that was not delivered whole, not measured, or is doubtful."""
    said = {verdict.interval_start: verdict for verdict in verdicts}
    rows = []
    for fact in quarters:
        verdict = said.get(fact.starts_at)
        if fact.delivered_bp is None or verdict is None:
            continue
        doubtful = verdict.flags or verdict.quality is not Quality.MEASURED
        if fact.delivered_bp < BP or doubtful:
            rows.append(_row(fact, verdict))
    return rows


def _row(fact: QuarterFact, verdict: QuarterVerdict) -> QuarterRow:
    ends_at = (fact.starts_at + QUARTER).astimezone(MARKET_ZONE)
    return QuarterRow(
        when=f"{instant(fact.starts_at)}–{ends_at:%H:%M}",
        what=_("%(share)s %% delivered") % {"share": (fact.delivered_bp or 0) * 100 // BP},
        quality=f"{verdict.quality.value} · {QUALITIES[verdict.quality]}",
        flags=_(", ").join(str(FLAGS[flag]) for flag in verdict.flags),
    )
