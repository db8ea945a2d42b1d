"""Both meters of a delivery as a chart and a table of hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from counter.charts import LineChart, Plot, line_chart, round_ticks
from counter.templatetags.figures import percent
from delivery.domain.metering import QUARTER, quarters_between
from delivery.models import Allocation
from delivery.pages.words import StateWords, device_hours
from delivery.pages.words_of_meters import DISPUTE_STATES
from delivery.queries.meters_compared import (
    HourByTwoMeters,
    hours_by_two_meters,
    probe_quarters_of,
)
from delivery.queries.quarters import QuarterFact
from exchange.units import BP, QUARTER_SECONDS
from exchange.window import MARKET_ZONE


@dataclass(frozen=True)
class HourRow:
    """An hour as the page shows it."""

    hour: HourByTwoMeters
    site: str
    probe: str
    difference: str
    state: StateWords | None


@dataclass(frozen=True)
class MetersCompared:
    """The chart by quarter, and the hours below it."""

    chart: LineChart
    rows: list[HourRow]


def compared(
    row: Allocation,
    quarters: Sequence[QuarterFact],
    from_at: datetime,
    to_at: datetime,
    *,
    now: datetime,
) -> MetersCompared | None:
    """Return both meters between two instants; None where the probe saw nothing of it."""
    probe = probe_quarters_of(row, from_at, to_at)
    if not probe:
        return None
    whole = row.devices * QUARTER_SECONDS
    starts = list(quarters_between(from_at, to_at))
    site = {fact.starts_at: fact.delivered_bp for fact in quarters}
    return MetersCompared(
        two_meters_chart(
            starts,
            [site.get(start) for start in starts],
            [probe[start] * BP // whole if start in probe else None for start in starts],
        ),
        [_row(hour) for hour in hours_by_two_meters(row, probe, now=now)],
    )


def two_meters_chart(
    starts: Sequence[datetime], site_bp: Sequence[int | None], probe_bp: Sequence[int | None]
) -> LineChart:
    """Return the share of devices at work by quarter: the site's meter and the probe."""
    every = max(1, len(starts) // 6)
    ticks = [
        (place, f"{start.astimezone(MARKET_ZONE):%H:%M}")
        for place, start in enumerate(starts)
        if place % every == 0
    ]
    return line_chart(
        Plot(
            series=[_steps(site_bp), _steps(probe_bp)],
            x_ticks=ticks,
            y_ticks=[(tick * 100, f"{tick} %") for tick in round_ticks(0, 100)],
            label=_("Share of devices at work by quarter-hour: the site's meter and the probe"),
        )
    )


def _steps(values: Sequence[int | None]) -> list[tuple[int, int | None]]:
    """Return points that hold a quarter's figure from its start to its end."""
    return [(place + step, value) for place, value in enumerate(values) for step in (0, 1)]


def _row(hour: HourByTwoMeters) -> HourRow:
    return HourRow(
        hour=hour,
        site="–" if hour.site is None else device_hours(hour.site),
        probe=device_hours(hour.probe),
        difference="–" if hour.difference_bp is None else percent(hour.difference_bp),
        state=DISPUTE_STATES[hour.dispute.state] if hour.dispute else None,
    )


QUARTERS_OF_AN_HOUR = tuple(QUARTER * place for place in range(4))
