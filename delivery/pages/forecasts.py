"""The forecast of a pool as a chart: the band, its middle, and what was idle in truth."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from counter.charts import LineChart, Plot, line_chart, round_ticks
from counter.templatetags.figures import day_of, instant
from delivery.models import PoolSurvey
from exchange.window import HOUR, hour_of_day

TABLE_EVERY = 6  # hours
MILLI = 1_000


@dataclass(frozen=True)
class ForecastChart:
    """The drawing, and every sixth hour as a row: instant, low, middle, high, truth."""

    drawing: LineChart
    rows: list[tuple[str, int, int, int, int | None]]


def forecast_chart(row: PoolSurvey) -> ForecastChart | None:
    """Return the chart of a survey; None where there is no forecast."""
    if not row.mid:
        return None
    starts = [row.band_hour + index * HOUR for index in range(len(row.mid))]
    truths = {row.first_hour + index * HOUR: idle for index, idle in enumerate(row.idle)}
    truth = [truths.get(start) for start in starts]
    return ForecastChart(
        drawing=line_chart(_plot(row, starts, truth)),
        rows=[
            (instant(starts[k]), row.low[k], row.mid[k], row.high[k], truth[k])
            for k in range(0, len(starts), TABLE_EVERY)
        ],
    )


def _plot(row: PoolSurvey, starts: list[datetime], truth: list[int | None]) -> Plot:
    highest = max([*row.high, *(one for one in truth if one is not None), 1])
    now = next((k for k, one in enumerate(truth) if one is None), len(truth) - 1)
    midnights = [(k, day_of(start)) for k, start in enumerate(starts) if not hour_of_day(start)]
    every = max(1, -(-len(midnights) // 5))
    return Plot(
        series=[list(enumerate(truth)), list(enumerate(row.mid))],
        band=[(k, row.low[k], row.high[k]) for k in range(len(starts))],
        x_ticks=midnights[::every],
        y_ticks=[(tick, f"{tick:,}") for tick in round_ticks(0, highest)],
        marks=[(now, _("now"))],
        label=_("Idle devices of %(pool)s: forecast band and what was idle")
        % {"pool": row.pool.code},
    )


def devices_milli(value: int) -> str:
    """Return thousandths of a device with one decimal: 11.2."""
    tenths = (value * 10 + MILLI // 2) // MILLI
    return f"{tenths // 10:,}.{tenths % 10}"
