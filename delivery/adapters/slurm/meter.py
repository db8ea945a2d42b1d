"""From accounting's records to what each quarter-hour delivered. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from delivery.adapters.slurm.reservations import Record
from delivery.adapters.slurm.shapes import Shape
from delivery.domain.handover import Metered, MeterWindow
from delivery.domain.metering import held_device_seconds
from delivery.domain.naming import generation_of

SECOND_US = 1_000_000
# Below the first the clocks agree; above the second nothing that the site says is timed right.
SKEW_NOTED_S = 5
SKEW_REFUSED_S = 60

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Records:
    """What accounting says of one hand-over; stretches are seconds of the site's clock.

    `held` are reservations of ours, `others` those of anybody else on the same nodes, `ill`
    the stretches in which a node ran no jobs. `cores_of_node` is what a node has.
    """

    held: tuple[Record, ...]
    others: tuple[Record, ...]
    ill: tuple[tuple[str, int, int], ...]
    cores_of_node: int


@dataclass(frozen=True)
class Usage:
    """What one job used: it ended at a second of the site's clock, after so much CPU time."""

    ended_s: int
    cpu_ms: int


def following(records: Sequence[Record]) -> list[Record]:
    """Return the records, each over when the next generation begins at the latest.

    A controller that lost its state ended nothing in accounting.
    """
    starts: dict[int, int] = {}
    for record in records:
        number = generation_of(record.name)
        starts[number] = min(record.starts_s, starts.get(number, record.starts_s))
    kept = []
    for record in records:
        later = [start for number, start in starts.items() if number > generation_of(record.name)]
        kept.append(replace(record, ends_s=min([record.ends_s, *later])))
    return kept


def metered(
    shape: Shape,
    devices: int,
    records: Records,
    usage: Sequence[Usage],
    window: MeterWindow,
    skew_s: int,
) -> Metered:
    """Return the device-seconds of a quarter: reserved, on nodes that run jobs, ours alone.

    The share of wall time is what counts, never processor time. Records are whole seconds: a
    shorter window is widened to one. A site's clock that is off by 6 to 60 s is allowed for.
    """
    shift_us = skew_s * SECOND_US if abs(skew_s) > SKEW_NOTED_S else 0
    to_us = _us(window.wall_to.timestamp()) + shift_us
    from_us = min(_us(window.wall_from.timestamp()) + shift_us, to_us - SECOND_US)
    healthy_us = held_us = 0
    for record in records.held:
        start, end = max(from_us, record.starts_s * SECOND_US), min(to_us, _end_us(record))
        if end <= start:
            continue
        for node in record.nodes:
            held_us += end - start
            healthy_us += end - start - _covered(_bad(record, node, records), start, end)
    wall_us = (to_us - from_us) * shape.nodes
    delivered = held_device_seconds(devices, healthy_us, wall_us)
    cpu_ms = sum(used.cpu_ms for used in usage if from_us < used.ended_s * SECOND_US <= to_us)
    return Metered(
        interval_start=window.interval_start,
        delivered_device_seconds=delivered,
        unhealthy_device_seconds=held_device_seconds(devices, held_us, wall_us) - delivered,
        cpu_ms=cpu_ms,
    )


def _us(seconds: float) -> int:
    return int(seconds * SECOND_US)


def _end_us(record: Record) -> int:
    return record.ends_s * SECOND_US


def _bad(mine: Record, node: str, records: Records) -> Iterable[Stretch]:
    """Yield when the node ran no jobs, or was reserved for more cores than it has."""
    for name, start_s, end_s in records.ill:
        if name == node:
            yield start_s * SECOND_US, end_s * SECOND_US
    for other in records.others:
        if node in other.nodes and mine.cores_a_node + other.cores_a_node > records.cores_of_node:
            yield other.starts_s * SECOND_US, _end_us(other)


def _covered(stretches: Iterable[Stretch], start: int, end: int) -> int:
    """Return how much of a stretch the others cover, each instant counted once."""
    covered, reached = 0, start
    for bad_from, bad_to in sorted(stretches):
        first, last = max(bad_from, reached), min(bad_to, end)
        if last > first:
            covered += last - first
            reached = last
    return covered
