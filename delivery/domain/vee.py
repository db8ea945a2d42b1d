"""Validation of a series of readings: what is allowed to be stored may still be doubtful.

`validation.flag_of` refuses what cannot be true. Here a whole series is looked at, and each
quarter gets one quality code and the flags that a person, or a dispute, should see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from delivery.domain.metering import QUARTER, QuarterReading, newest
from delivery.domain.validation import MeterBounds, flag_of
from exchange.units import BP, QUARTER_SECONDS

FROZEN_QUARTERS = 8
SPIKE_BP = 5_000


class Quality(StrEnum):
    """What a quarter's figure rests on, as it stands beside it wherever it is billed."""

    MEASURED = "M"
    EDITED = "D"
    ESTIMATED = "E"
    MISSING = "N"
    REFUSED = "X"


class Flag(StrEnum):
    """Why a figure deserves a second look."""

    IMPOSSIBLE = "IMPOSSIBLE"  # `flag_of` refuses it
    CONFLICT = "CONFLICT"  # two figures for one interval and version
    REPEATED = "REPEATED"  # the same figure sent again: harmless
    VERSION_SKIPPED = "VERSION_SKIPPED"
    GAP = "GAP"
    GAP_IN_HOUR = "GAP_IN_HOUR"  # between two figures of its hour: counts as the lower of them
    OUT_OF_ORDER = "OUT_OF_ORDER"
    FROZEN = "FROZEN"  # the same odd figure for two hours: a meter that hangs
    SPIKE = "SPIKE"  # one quarter far from two like neighbours
    SILENT_ZERO = "SILENT_ZERO"  # nothing delivered, yet nothing said to be unhealthy
    UNHEALTHY = "UNHEALTHY"
    SELF_ESTIMATED = "SELF_ESTIMATED"
    CORRECTED = "CORRECTED"


@dataclass(frozen=True)
class QuarterVerdict:
    """One quarter-hour's quality code and flags, in the order of their names."""

    interval_start: datetime
    quality: Quality
    flags: tuple[Flag, ...]


def validate(readings: Sequence[QuarterReading], bounds: MeterBounds) -> list[QuarterVerdict]:
    """Return the verdict on each quarter from the window's start to its end or now.

    `readings` are in the order of arrival. Refused figures count as not sent; intervals that
    are no quarter of the window get a verdict of their own, after the others.
    """
    flags: dict[datetime, set[Flag]] = {}
    kept = _admitted(readings, bounds, flags)
    figures = newest(kept)
    starts = _quarters(bounds)
    _mark_gaps(starts, figures, flags)
    _mark_shapes(starts, figures, bounds.devices * QUARTER_SECONDS, flags)
    strangers = [start for start in flags if start not in set(starts)]
    return [
        QuarterVerdict(
            start,
            _quality(figures.get(start), flags.get(start, set())),
            tuple(sorted(flags.get(start, set()))),
        )
        for start in [*starts, *strangers]
    ]


def _quarters(bounds: MeterBounds) -> list[datetime]:
    count = max((min(bounds.ends_at, bounds.now) - bounds.starts_at) // QUARTER, 0)
    return [bounds.starts_at + index * QUARTER for index in range(count)]


def _admitted(
    readings: Sequence[QuarterReading],
    bounds: MeterBounds,
    flags: dict[datetime, set[Flag]],
) -> list[QuarterReading]:
    """Return what would be stored; flag what would not, and what arrived out of order."""
    kept: dict[tuple[datetime, int], QuarterReading] = {}
    latest: datetime | None = None
    for reading in readings:
        start = reading.interval_start
        mine = flags.setdefault(start, set())
        known = kept.get((start, reading.version))
        if flag_of(reading, bounds):
            mine.add(Flag.IMPOSSIBLE)
            continue
        if known is not None:
            mine.add(Flag.REPEATED if known == reading else Flag.CONFLICT)
            continue
        if reading.version > 1 and (start, reading.version - 1) not in kept:
            mine.add(Flag.VERSION_SKIPPED)
            continue
        if latest is not None and start < latest and reading.version == 1:
            mine.add(Flag.OUT_OF_ORDER)
        latest = start if latest is None else max(latest, start)
        kept[(start, reading.version)] = reading
        mine |= _said_by(reading)
    return list(kept.values())


def _said_by(reading: QuarterReading) -> set[Flag]:
    """Return what one figure says of itself."""
    told = {
        Flag.SELF_ESTIMATED: reading.quality == "ESTIMATED",
        Flag.CORRECTED: reading.version > 1,
        Flag.UNHEALTHY: reading.unhealthy_device_seconds > 0,
    }
    return {flag for flag, applies in told.items() if applies}


def _mark_gaps(
    starts: Sequence[datetime],
    figures: dict[datetime, QuarterReading],
    flags: dict[datetime, set[Flag]],
) -> None:
    for start in starts:
        if start in figures:
            continue
        inside = start.minute not in {0, 45} and {start - QUARTER, start + QUARTER} <= set(figures)
        flags.setdefault(start, set()).add(Flag.GAP_IN_HOUR if inside else Flag.GAP)


def _mark_shapes(
    starts: Sequence[datetime],
    figures: dict[datetime, QuarterReading],
    whole: int,
    flags: dict[datetime, set[Flag]],
) -> None:
    """Flag zeros that nothing explains, lone spikes, and figures that hang."""
    amounts = [
        figures[start].delivered_device_seconds if start in figures else None for start in starts
    ]
    for index, start in enumerate(starts):
        amount = amounts[index]
        if amount is None:
            continue
        if amount == 0 and figures[start].unhealthy_device_seconds == 0:
            flags[start].add(Flag.SILENT_ZERO)
        if _is_spike(amounts, index, whole):
            flags[start].add(Flag.SPIKE)
    for first, count in _runs(amounts):
        # A full quarter, or none, may well repeat; a figure between them does not.
        if count >= FROZEN_QUARTERS and amounts[first] not in {0, whole, None}:
            for start in starts[first : first + count]:
                flags[start].add(Flag.FROZEN)


def _is_spike(amounts: Sequence[int | None], index: int, whole: int) -> bool:
    """Tell whether a figure is half a full quarter away from both neighbours, on one side."""
    if not 0 < index < len(amounts) - 1:
        return False
    before, amount, after = amounts[index - 1 : index + 2]
    if before is None or amount is None or after is None:
        return False
    steps = amount - before, amount - after
    return (min(steps) > 0 or max(steps) < 0) and min(map(abs, steps)) * BP >= whole * SPIKE_BP


def _runs(amounts: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return (first, count) of each run of equal figures."""
    runs: list[tuple[int, int]] = []
    for index, amount in enumerate(amounts):
        if runs and amount == amounts[runs[-1][0]]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((index, 1))
    return runs


def _quality(reading: QuarterReading | None, flags: set[Flag]) -> Quality:
    if reading is None:
        refused = {Flag.IMPOSSIBLE, Flag.VERSION_SKIPPED} & flags
        if Flag.GAP_IN_HOUR in flags:
            return Quality.ESTIMATED
        return Quality.REFUSED if refused else Quality.MISSING
    return {"ESTIMATED": Quality.ESTIMATED, "EDITED": Quality.EDITED}.get(
        reading.quality, Quality.MEASURED
    )
