"""How many devices will be idle: seasonal quantiles by the hour of the week, back-tested.

Everything is whole: devices, basis points, and losses in thousandths of a device.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.units import BP, half_even_div

DAY = 24
WEEK = 168
MOST_WEEKS = 8
FEWEST_WEEKS = 2
# The hours on either side count with each hour of the week: three times the sample.
NEIGHBOURS = (-1, 0, 1)
LOW_BP, MID_BP, HIGH_BP = 1_000, 5_000, 9_000
# How long a departure from the usual week lasts: its share halves every so many hours.
HALF_LIFE_HOURS = 12
MILLI = 1_000
# Bands are widened by what the last four weeks' forecasts missed, from two days on.
WARM_DAYS = 14
FEWEST_MISSED = 2 * DAY
MOST_MISSED = 28 * DAY


@dataclass(frozen=True)
class Band:
    """Idle devices of one hour: in nine of ten weeks at least `low`, at most `high`."""

    low: int
    mid: int
    high: int


@dataclass(frozen=True)
class BackTest:
    """How forecasts made a day ahead would have done. Losses in thousandths of a device.

    The naive forecast is the same hour of last week. Coverage is the share of hours whose
    truth lay in the band; eight in ten are meant to.
    """

    hours: int
    loss_milli: int
    naive_loss_milli: int
    coverage_bp: int

    @property
    def better_bp(self) -> int:
        """How much smaller the loss is than the naive one, in basis points; negative if larger."""
        if not self.naive_loss_milli:
            return 0
        return (self.naive_loss_milli - self.loss_milli) * BP // self.naive_loss_milli


def enough(history: Sequence[int]) -> bool:
    """Tell whether the history is long enough to know a usual week."""
    return len(history) >= FEWEST_WEEKS * WEEK + 1


def forecast(history: Sequence[int], hours: int, most: int) -> list[Band]:
    """Return the band of each of the `hours` that follow the history, within 0 and `most`.

    The history is idle devices an hour without gaps, oldest first, at least two weeks and an
    hour. A departure of the last day from the usual week is carried on, ever weaker.
    """
    if not enough(history):
        msg = f"a usual week needs {FEWEST_WEEKS * WEEK + 1} hours, not {len(history)}"
        raise ValueError(msg)
    shift = _departure(history)
    return [_band(history, index, shift, most) for index in range(hours)]


def _band(history: Sequence[int], ahead: int, shift: int, most: int) -> Band:
    usual = sorted(_sample(history, len(history) + ahead))
    fading = 1 << min(ahead // HALF_LIFE_HOURS, 30)
    low, mid, high = (
        min(max(quantile(usual, bp) + _toward_zero(shift, fading), 0), most)
        for bp in (LOW_BP, MID_BP, HIGH_BP)
    )
    return Band(low, mid, high)


def _toward_zero(shift: int, fading: int) -> int:
    return shift // fading if shift >= 0 else -(-shift // fading)


def _sample(history: Sequence[int], at: int) -> list[int]:
    """Return what was idle at this hour of earlier weeks, and an hour before and after."""
    found = []
    for week in range(1, MOST_WEEKS + 2):
        for near in NEIGHBOURS:
            index = at - week * WEEK + near
            if 0 <= index < len(history):
                found.append(history[index])
    return found[: MOST_WEEKS * len(NEIGHBOURS)]


def _departure(history: Sequence[int]) -> int:
    """Return by how much the last day lay off the usual week: the median of its hours."""
    past = history[: len(history) - DAY]
    usual = [quantile(sorted(_sample(past, len(past) + hour)), MID_BP) for hour in range(DAY)]
    return quantile(
        sorted(truth - known for truth, known in zip(history[-DAY:], usual, strict=True)), MID_BP
    )


def quantile(ordered: Sequence[int], share_bp: int) -> int:
    """Return the nearest-rank quantile of an ordered sample."""
    return ordered[max(0, -(-share_bp * len(ordered) // BP) - 1)]


def pinball(truth: int, guess: int, share_bp: int) -> int:
    """Return the loss of a quantile's guess, in basis points of a device."""
    missed = truth - guess
    return missed * share_bp if missed >= 0 else -missed * (BP - share_bp)


def back_test(history: Sequence[int], days: int, most: int) -> tuple[BackTest, list[Band], int]:
    """Forecast each of the last days from what came before it; return errors, bands and margin.

    The margin widens each day's band so far that the days before it would have been covered as
    they are meant to be: a cluster that drifts is surer of less. What is returned is the margin
    for the forecast from now on. Days with too little history are left out; the bands are of
    the days that count, the last hour of the history last.
    """
    bands: list[Band] = []
    missed: list[int] = []
    for day in range(days + WARM_DAYS, 0, -1):
        known = history[: max(len(history) - day * DAY, 0)]
        if not enough(known):
            continue
        truths = history[len(known) : len(known) + DAY]
        plain = forecast(known, DAY, most)
        if day <= days:
            bands += widened(plain, margin_of(missed), most)
        missed += [
            max(band.low - truth, truth - band.high)
            for truth, band in zip(truths, plain, strict=True)
        ]
    return _errors(history, bands), bands, margin_of(missed)


def margin_of(missed: Sequence[int]) -> int:
    """Return by how many devices bands fell short of what they are meant to cover; never below 0.

    `missed` tells of each hour how far outside its band the truth lay, negative inside.
    """
    if len(missed) < FEWEST_MISSED:
        return 0
    return max(0, quantile(sorted(missed[-MOST_MISSED:]), HIGH_BP - LOW_BP))


def widened(bands: Sequence[Band], margin: int, most: int) -> list[Band]:
    """Return the bands, wider by the margin on both sides, within 0 and `most`."""
    return [
        Band(max(band.low - margin, 0), band.mid, min(band.high + margin, most)) for band in bands
    ]


def _errors(history: Sequence[int], bands: Sequence[Band]) -> BackTest:
    if not bands:
        return BackTest(0, 0, 0, 0)
    count = len(bands)
    truths = history[-count:]
    naive = history[-count - WEEK : len(history) - WEEK]
    loss = sum(_loss(truth, (b.low, b.mid, b.high)) for truth, b in zip(truths, bands, strict=True))
    naive_loss = sum(
        _loss(truth, (last, last, last)) for truth, last in zip(truths, naive, strict=True)
    )
    inside = sum(b.low <= truth <= b.high for truth, b in zip(truths, bands, strict=True))
    return BackTest(
        hours=count,
        loss_milli=half_even_div(loss * MILLI, BP * 3 * count),
        naive_loss_milli=half_even_div(naive_loss * MILLI, BP * 3 * count),
        coverage_bp=inside * BP // count,
    )


def _loss(truth: int, guesses: tuple[int, int, int]) -> int:
    shares = (LOW_BP, MID_BP, HIGH_BP)
    return sum(pinball(truth, guess, bp) for guess, bp in zip(guesses, shares, strict=True))


def weeks_that_had(history: Sequence[int], first: int, hours: int, devices: int) -> tuple[int, int]:
    """Return in how many of the past weeks so many devices were idle throughout, and of how many.

    `first` counts hours from the end of the history: 0 is the hour that follows it.
    """
    had = of = 0
    for week in range(1, MOST_WEEKS + 1):
        begins = len(history) + first - week * WEEK
        if begins < 0:
            break
        window = history[begins : begins + hours]
        if len(window) < hours:
            continue
        of += 1
        had += min(window) >= devices
    return had, of
