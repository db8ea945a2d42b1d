"""One reservation a hand-over. Only `scontrol` can make them in this version of Slurm."""

from dataclasses import dataclass
from datetime import UTC, datetime

from delivery.adapters.slurm.cluster import Reservation
from delivery.adapters.slurm.commands import CommandRefused, Commands
from delivery.adapters.slurm.hostlist import nodes_in
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.shapes import Shape
from delivery.domain.naming import lower_case_name

# How many earlier and later generations the site's records are asked for.
GENERATIONS = 32


@dataclass(frozen=True)
class Record:
    """What accounting keeps of a reservation, also when it is over; seconds since 1970."""

    name: str
    starts_s: int
    ends_s: int
    nodes: tuple[str, ...]
    cores: int

    @property
    def cores_a_node(self) -> int:
        """Return the cores taken of each node, rounded up where they are uneven."""
        return -(-self.cores // len(self.nodes)) if self.nodes else 0


@dataclass(frozen=True)
class Reservations:
    """Makes and ends reservations, and asks accounting for those that were."""

    options: SlurmOptions
    commands: Commands

    def create(self, external: str, shape: Shape, minutes: int) -> None:
        """Reserve from now on, for the hand-over's account only; adopt what has the name."""
        words = [
            f"ReservationName={external}", "StartTime=now", f"Duration={minutes}",
            f"Accounts={lower_case_name(external)}", f"PartitionName={self.options.partition}",
            f"NodeCnt={shape.nodes}",
        ]  # fmt: skip
        if not shape.whole_nodes:
            words.append(f"CoreCnt={shape.cores}")
        try:
            self.commands.run("scontrol", "create", "reservation", *words)
        except CommandRefused as refusal:
            if "uplicate" not in str(refusal):
                raise

    def delete(self, external: str) -> None:
        """End the reservation; nothing happens when it is gone."""
        try:
            self.commands.run("scontrol", "delete", "reservation", external)
        except CommandRefused as refusal:
            if "is invalid" not in str(refusal):
                raise

    def records_of(self, base: str, first: int, last: int) -> list[Record]:
        """Return what accounting has of the generations, the bounds included."""
        names = ",".join(f"{base}-g{number}" for number in range(max(1, first), last + 1))
        return self._records(f"names={names}")

    def records_on(self, nodes: tuple[str, ...], from_s: int) -> list[Record]:
        """Return what accounting has of anybody's reservations on the nodes since a second."""
        return self._records(f"nodes={','.join(nodes)}", f"start={_written(from_s)}")

    def ill_stretches(
        self, nodes: tuple[str, ...], from_s: int
    ) -> list[tuple[str, int, int | None]]:
        """Return (node, from, to) of each stretch in which a node was down or drained.

        `to` is None while accounting knows no end.
        """
        rows = self.commands.table(
            "sacctmgr", "-nP", "show", "event", f"clusters={self.options.cluster}",
            f"nodes={','.join(nodes)}", f"start={_written(from_s)}", "format=nodename,start,end",
        )  # fmt: skip
        return [
            (row[0], int(row[1]), int(row[2]) if row[2].isdecimal() else None)
            for row in rows
            if row[0]
        ]

    def _records(self, *conditions: str) -> list[Record]:
        rows = self.commands.table(
            "sacctmgr", "-nP", "show", "reservation", f"clusters={self.options.cluster}",
            *conditions, "format=name,start,end,nodename,tres",
        )  # fmt: skip
        return [
            Record(row[0], int(row[1]), int(row[2]), nodes_in(row[3]), _cores(row[4]))
            for row in rows
        ]

    def latest_known(self, base: str, generation: int) -> int:
        """Return the latest generation that ever held here, from the given one on."""
        later = self.records_of(base, generation + 1, generation + GENERATIONS)
        numbers = [int(record.name.rpartition("-g")[2]) for record in later]
        return max([generation, *numbers])


def _written(second: int) -> str:
    """Return an instant as Slurm's programs take it; they run in UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def _cores(tres: str) -> int:
    """Return the processors in a text like `cpu=4,mem=10`."""
    parts = dict(part.split("=", 1) for part in tres.split(",") if "=" in part)
    return int(parts.get("cpu", "0"))


def is_complete(held: Reservation, shape: Shape) -> bool:
    """Tell whether all was reserved: asked for two nodes, Slurm 22.05 may give one."""
    return len(held.nodes) == shape.nodes and held.cores >= shape.cores
