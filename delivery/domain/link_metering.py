"""From a link's quarter-hour readings to what an hour of it was: Gbit/s-seconds and MB.

A Gbit/s-second is one Gbit/s that was available for a second; a MB is a million bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.domain.chain import instant_said
from delivery.domain.metering import QUARTER, QUARTERS, estimate, floor_quarter
from delivery.domain.validation import QUALITIES
from exchange.units import QUARTER_SECONDS, SECONDS_PER_HOUR

# A Gbit is 125 MB.
MB_PER_GBPS_SECOND = 125


@dataclass(frozen=True)
class LinkQuarter:
    """What a link gave in the quarter-hour from `interval_start`."""

    interval_start: datetime
    available_gbps_seconds: int
    moved_mb: int
    version: int = 1
    quality: str = "MEASURED"


@dataclass(frozen=True)
class LinkBounds:
    """What readings of a link can be, at an instant: bought Gbit/s, and the widest it can be."""

    gbps: int
    widest_gbps: int
    starts_at: datetime
    ends_at: datetime
    now: datetime


@dataclass(frozen=True)
class LinkHourSeal:
    """What one hour of a link gave, quarter by quarter; quarters not measured are marked."""

    contracted_gbps_seconds: int
    quarter_gbps_seconds: tuple[int, ...]
    quarter_mb: tuple[int, ...]
    estimated: tuple[bool, ...]

    @property
    def available_gbps_seconds(self) -> int:
        """What settlement counts; never more than was contracted."""
        return min(sum(self.quarter_gbps_seconds), self.contracted_gbps_seconds)

    @property
    def moved_mb(self) -> int:
        """The data moved in the hour, as measured."""
        return sum(self.quarter_mb)


def seal_link_hour(
    hour_start: datetime, gbps: int, readings: Iterable[LinkQuarter]
) -> LinkHourSeal:
    """Close an hour of a link by the rule of devices; data that nobody measured were not moved.

    A single missing quarter between two measured ones of the same hour was available as the
    lower of the two; every other gap counts as nothing.
    """
    known = newest_quarters(readings)
    found = [known.get(hour_start + index * QUARTER) for index in range(QUARTERS)]
    whole = gbps * QUARTER_SECONDS
    amounts = [min(one.available_gbps_seconds, whole) if one else None for one in found]
    return LinkHourSeal(
        contracted_gbps_seconds=gbps * SECONDS_PER_HOUR,
        quarter_gbps_seconds=tuple(estimate(amounts, index) for index in range(QUARTERS)),
        quarter_mb=tuple(one.moved_mb if one else 0 for one in found),
        estimated=tuple(one is None or one.quality == "ESTIMATED" for one in found),
    )


def newest_quarters(readings: Iterable[LinkQuarter]) -> dict[datetime, LinkQuarter]:
    """Return the latest version of each quarter, whatever the order of arrival."""
    latest: dict[datetime, LinkQuarter] = {}
    for reading in readings:
        known = latest.get(reading.interval_start)
        if known is None or reading.version > known.version:
            latest[reading.interval_start] = reading
    return latest


def link_flag_of(reading: LinkQuarter, bounds: LinkBounds) -> str:
    """Return why the reading cannot be true, or an empty string."""
    start = reading.interval_start
    troubles = (
        (reading.quality not in QUALITIES, "unknown quality"),
        (reading.version < 1, "version below one"),
        (
            reading.version > 1 and reading.quality == "MEASURED",
            "a correction must say that it was edited or estimated",
        ),
        (start.utcoffset() is None or start != floor_quarter(start), "not on a quarter-hour"),
        (start < bounds.starts_at, "before the window"),
        (start + QUARTER > bounds.ends_at, "after the window"),
        (start + QUARTER > bounds.now, "not yet over"),
        (min(reading.available_gbps_seconds, reading.moved_mb) < 0, "negative"),
        (
            reading.available_gbps_seconds > bounds.gbps * QUARTER_SECONDS,
            "more than was bought",
        ),
        (
            reading.moved_mb > bounds.widest_gbps * QUARTER_SECONDS * MB_PER_GBPS_SECOND,
            "more than the link can carry",
        ),
    )
    return next((flag for wrong, flag in troubles if wrong), "")


def link_genesis(external_name: str) -> str:
    """Return the head of an empty chain; it binds the chain to its agreement."""
    return hashlib.sha256(f"gridhour link readings of {external_name}".encode()).hexdigest()


def chain_quarters(head: str, length: int, readings: Sequence[LinkQuarter]) -> Iterator[str]:
    """Yield the hashes of readings appended, in this order, to a chain of `length`."""
    for sequence, reading in enumerate(readings, start=length + 1):
        start = instant_said(reading.interval_start)
        text = (
            f"{head}|{sequence}|{start}|{reading.version}|"
            f"{reading.available_gbps_seconds}|{reading.moved_mb}|{reading.quality}"
        )
        head = hashlib.sha256(text.encode()).hexdigest()
        yield head
