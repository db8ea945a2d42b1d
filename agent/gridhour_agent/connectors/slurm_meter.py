"""From accounting's records to what each quarter-hour delivered. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gridhour_agent.connector import QUARTER_SECONDS, Metered, MeterWindow
from gridhour_agent.connectors.slurm_cluster import Reservation, Snapshot
from gridhour_agent.connectors.slurm_names import generation_of

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

    held: tuple[Reservation, ...]
    others: tuple[Reservation, ...]
    ill: tuple[tuple[str, int, int], ...]
    cores_of_node: int

    @property
    def nodes_promised(self) -> int:
        """Return how many nodes the hand-over has: one with fewer was never made."""
        return max((len(record.nodes) for record in self.held), default=1)


def following(records: Sequence[Reservation]) -> list[Reservation]:
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


def is_lost(record: Reservation, snapshot: Snapshot, now_s: int) -> bool:
    """Tell whether accounting takes for granted what the controller does not have any more."""
    return record.ends_s > now_s + 2 and record.name not in snapshot.reservations


def metered(devices: int, records: Records, window: MeterWindow, skew_s: int) -> Metered:
    """Return the device-seconds of a quarter: reserved, on nodes that run jobs, ours alone.

    The share of wall time is what counts, never processor time. Records are whole seconds: a
    shorter window is widened to one. A site's clock that is off by 6 to 60 s is allowed for.
    """
    shift_us = skew_s * SECOND_US if abs(skew_s) > SKEW_NOTED_S else 0
    to_us = int(window.wall_to.timestamp() * SECOND_US) + shift_us
    from_us = min(int(window.wall_from.timestamp() * SECOND_US) + shift_us, to_us - SECOND_US)
    healthy_us = held_us = 0
    for record in records.held:
        start = max(from_us, record.starts_s * SECOND_US)
        end = min(to_us, record.ends_s * SECOND_US)
        for node in record.nodes if end > start else ():
            held_us += end - start
            healthy_us += end - start - _covered(_bad(record, node, records), start, end)
    wall_us = (to_us - from_us) * records.nodes_promised
    delivered = _device_seconds(devices, healthy_us, wall_us)
    held = _device_seconds(devices, held_us, wall_us)
    return Metered(window.interval_start, delivered, held - delivered)


def _device_seconds(devices: int, held_us: int, wall_us: int) -> int:
    return devices * QUARTER_SECONDS * min(held_us, wall_us) // wall_us


def _bad(mine: Reservation, node: str, records: Records) -> Iterable[Stretch]:
    """Yield when the node ran no jobs, or was reserved for more cores than it has."""
    for name, start_s, end_s in records.ill:
        if name == node:
            yield start_s * SECOND_US, end_s * SECOND_US
    for other in records.others:
        if node in other.nodes and mine.cores_a_node + other.cores_a_node > records.cores_of_node:
            yield other.starts_s * SECOND_US, other.ends_s * SECOND_US


def _covered(stretches: Iterable[Stretch], start: int, end: int) -> int:
    """Return how much of a stretch the others cover, each instant counted once."""
    covered, reached = 0, start
    for bad_from, bad_to in sorted(stretches):
        first, last = max(bad_from, reached), min(bad_to, end)
        if last > first:
            covered += last - first
            reached = last
    return covered
