"""From the pods' own times to what each quarter-hour delivered. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from delivery.adapters.kubernetes.clock import SKEW_NOTED_S
from delivery.domain.handover import Metered, MeterWindow
from delivery.domain.metering import held_device_seconds

SECOND_US = 1_000_000
# Between a pod that ends and the one that takes its devices over: as long as the exchange itself
# waits before it calls a delivery interrupted.
SWITCH_S = 60

Step = tuple[int, int, int]


@dataclass(frozen=True)
class Span:
    """Devices that one pod had on a node, from a second of the site's clock until another."""

    from_s: int
    to_s: int
    devices: int
    node: str


@dataclass(frozen=True)
class Ill:
    """A stretch in which a node was not ready; `to_s` is None while it is not."""

    node: str
    from_s: int
    to_s: int | None


def metered(
    devices: int, spans: Sequence[Span], ill: Sequence[Ill], window: MeterWindow, skew_s: int
) -> Metered:
    """Return the device-seconds of a quarter: held by pods of ours, on nodes that were ready.

    The share of wall time is what counts, never processor time. Times are whole seconds: a
    shorter window is widened to one. A site's clock that is off by 6 to 60 s is allowed for.
    """
    shift_us = skew_s * SECOND_US if abs(skew_s) > SKEW_NOTED_S else 0
    to_us = _us(window.wall_to.timestamp()) + shift_us
    from_us = min(_us(window.wall_from.timestamp()) + shift_us, to_us - SECOND_US)
    held = _area(levels(spans, devices), from_us, to_us)
    healthy = _area(levels(_well(spans, ill), devices), from_us, to_us)
    wall_us = (to_us - from_us) * devices
    delivered = held_device_seconds(devices, healthy, wall_us)
    return Metered(
        interval_start=window.interval_start,
        delivered_device_seconds=delivered,
        unhealthy_device_seconds=held_device_seconds(devices, held, wall_us) - delivered,
    )


def _us(seconds: float) -> int:
    return int(seconds * SECOND_US)


def levels(spans: Iterable[Span], most: int) -> list[Step]:
    """Return (from, to, devices) in seconds, in order; at most `most`, short dips closed.

    A dip of at most a minute between two levels counts as the lower of them.
    """
    changes: dict[int, int] = {}
    for span in spans:
        if span.to_s > span.from_s:
            changes[span.from_s] = changes.get(span.from_s, 0) + span.devices
            changes[span.to_s] = changes.get(span.to_s, 0) - span.devices
    steps: list[Step] = []
    level, moments = 0, sorted(changes)
    for start, end in pairwise(moments):
        level += changes[start]
        steps.append((start, end, min(level, most)))
    return [(start, end, _closed(steps, index)) for index, (start, end, _) in enumerate(steps)]


def _closed(steps: Sequence[Step], index: int) -> int:
    """Return a step's level, lifted where what comes before and after is at most a minute apart."""
    start, end, level = steps[index]
    lifted = level
    if end - start > SWITCH_S:
        return level
    for _before_from, before_to, before in reversed(steps[:index]):
        if end - before_to > SWITCH_S:
            break
        for after_from, _after_to, after in steps[index + 1 :]:
            if after_from - before_to > SWITCH_S:
                break
            lifted = max(lifted, min(before, after))
    return lifted


def _area(steps: Iterable[Step], from_us: int, to_us: int) -> int:
    """Return device-microseconds within the bounds."""
    total = 0
    for start, end, level in steps:
        first, last = max(start * SECOND_US, from_us), min(end * SECOND_US, to_us)
        total += max(0, last - first) * level
    return total


def _well(spans: Iterable[Span], ill: Sequence[Ill]) -> list[Span]:
    """Return the spans without the stretches in which their nodes were not ready."""
    kept: list[Span] = []
    for span in spans:
        parts = [span]
        for bad in ill:
            if bad.node == span.node:
                parts = [left for part in parts for left in _without(part, bad)]
        kept += parts
    return kept


def _without(span: Span, bad: Ill) -> list[Span]:
    until = span.to_s if bad.to_s is None else bad.to_s
    first = Span(span.from_s, min(span.to_s, bad.from_s), span.devices, span.node)
    last = Span(max(span.from_s, until), span.to_s, span.devices, span.node)
    return [part for part in (first, last) if part.to_s > part.from_s]
