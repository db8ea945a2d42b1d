"""One reservation a hand-over, and what accounting remembers of those that were."""

from dataclasses import dataclass

from gridhour_agent.connector import ConnectorFailed, Handover
from gridhour_agent.connectors.slurm_cluster import Reservation
from gridhour_agent.connectors.slurm_names import (
    account_of,
    generation_of,
    nodes_in,
    whole,
    written,
)
from gridhour_agent.connectors.slurm_programs import ProgramRefused, Programs
from gridhour_agent.connectors.slurm_settings import Pool, Settings

# How many earlier and later generations the site's records are asked for.
GENERATIONS = 32


@dataclass(frozen=True)
class Shape:
    """The same share of each of `nodes` nodes."""

    nodes: int
    devices_per_node: int
    cores_per_node: int

    @property
    def devices(self) -> int:
        """Return the devices in all: what was contracted, rounded up to equal shares."""
        return self.nodes * self.devices_per_node

    @property
    def cores(self) -> int:
        """Return the cores in all."""
        return self.nodes * self.cores_per_node


def shape_of(devices: int, pool: Pool, most_per_node: int = 0) -> Shape:
    """Return the fewest nodes that hold the devices, each with the same share of them.

    Generic resources cannot be reserved in Slurm 22.05: cores are, in the devices' share, and
    the account's limit keeps the devices to that number.
    """
    if devices < 1:
        msg = f"{devices} devices are none"
        raise ConnectorFailed(msg)
    nodes = -(-devices // (most_per_node or pool.devices_per_node))
    each = -(-devices // nodes)
    return Shape(nodes, each, each * pool.cores_per_device)


@dataclass(frozen=True)
class Reservations:
    """Makes, prolongs and ends reservations; asks accounting for those that were."""

    settings: Settings
    programs: Programs

    def create(self, name: str, shape: Shape, pool: Pool) -> None:
        """Reserve from now on, for the hand-over's account only; adopt what has the name."""
        words = [
            f"ReservationName={name}", "StartTime=now", f"Duration={self.settings.lease_minutes}",
            f"Accounts={account_of(name)}", f"PartitionName={pool.partition}",
            f"NodeCnt={shape.nodes}",
        ]  # fmt: skip
        if shape.devices_per_node < pool.devices_per_node:
            words.append(f"CoreCnt={shape.cores}")
        try:
            self.programs.run("scontrol", "create", "reservation", *words)
        except ProgramRefused as refusal:
            if "uplicate" not in str(refusal):
                raise

    def prolong(self, held: Reservation, now_s: int, seconds: int) -> None:
        """Let it last so long from now on at least; it is never made shorter."""
        if held.ends_s - now_s < seconds:
            minutes = -(-(now_s + seconds - held.starts_s) // 60)
            self.programs.run(
                "scontrol", "update", f"ReservationName={held.name}", f"Duration={minutes}"
            )

    def delete(self, name: str) -> None:
        """End the reservation; nothing happens when it is gone."""
        try:
            self.programs.run("scontrol", "delete", f"ReservationName={name}")
        except ProgramRefused as refusal:
            if "is invalid" not in str(refusal):
                raise

    def records_of(self, chain: str, first: int, last: int) -> list[Reservation]:
        """Return what accounting has of the generations, the bounds included."""
        names = ",".join(f"{chain}-g{number}" for number in range(max(1, first), last + 1))
        return self._records(f"names={names}")

    def records_on(self, nodes: tuple[str, ...], from_s: int) -> list[Reservation]:
        """Return what accounting has of anybody's reservations on the nodes since a second."""
        return self._records(f"nodes={','.join(nodes)}", f"start={written(from_s)}")

    def latest_known(self, handover: Handover) -> int:
        """Return the latest generation that ever held here, from this one on."""
        this = handover.generation
        later = self.records_of(handover.chain, this + 1, this + GENERATIONS)
        return max([this, *(generation_of(record.name) for record in later)])

    def ill_stretches(
        self, nodes: tuple[str, ...], from_s: int
    ) -> list[tuple[str, int, int | None]]:
        """Return (node, from, to) of each stretch in which a node was down or drained.

        `to` is None while accounting knows no end.
        """
        rows = self._shown(
            "event", f"nodes={','.join(nodes)}", f"start={written(from_s)}",
            "format=nodename,start,end",
        )  # fmt: skip
        return [
            (row[0], whole(row[1]), whole(row[2]) if row[2].isdecimal() else None)
            for row in rows
            if row[0]
        ]

    def _records(self, *conditions: str) -> list[Reservation]:
        rows = self._shown("reservation", *conditions, "format=name,nodename,tres,start,end")
        return [
            Reservation(row[0], nodes_in(row[1]), _cores(row[2]), whole(row[3]), whole(row[4]))
            for row in rows
        ]

    def _shown(self, *words: str) -> list[list[str]]:
        kind, *rest = words
        where = f"clusters={self.settings.cluster}"
        rows = self.programs.table(
            "sacctmgr", "--parsable2", "--noheader", "show", kind, where, *rest
        )
        columns = rest[-1].count(",") + 1
        if any(len(row) != columns for row in rows):
            msg = f"sacctmgr says of {kind}s what is not known"
            raise ConnectorFailed(msg)
        return rows


def _cores(tres: str) -> int:
    """Return the processors in a text like `cpu=4,mem=10`."""
    parts = dict(part.split("=", 1) for part in tres.split(",") if "=" in part)
    return whole(parts.get("cpu", "0"))


def is_complete(held: Reservation, shape: Shape) -> bool:
    """Tell whether all was reserved: asked for two nodes, Slurm 22.05 may give one."""
    return len(held.nodes) == shape.nodes and held.cores >= shape.cores
