"""Devices as shares of nodes, and where a job finds room among them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.units import ceil_div


@dataclass(frozen=True)
class Room:
    """One share: the node that it is on, how many devices it has, and how many are free."""

    share: int
    node: str
    devices: int
    free: int


@dataclass(frozen=True)
class Placing:
    """A job as so many pods on so many nodes, each with the same devices."""

    nodes: tuple[str, ...]
    devices_a_pod: int


def shares_of(devices: int, devices_per_node: int) -> tuple[int, ...]:
    """Return the devices on each of the fewest nodes, as even as they divide."""
    nodes = ceil_div(devices, devices_per_node)
    whole, rest = divmod(devices, nodes)
    return tuple(whole + 1 if index < rest else whole for index in range(nodes))


def placing(devices: int, rooms: Sequence[Room]) -> Placing | None:
    """Return where the job's pods go: one where it fits, tightly; else few, equal ones.

    None while no such room is free.
    """
    for pods in range(1, len(rooms) + 1):
        if devices % pods and pods < ceil_div(devices, max(room.devices for room in rooms)):
            continue
        each = ceil_div(devices, pods)
        fitting = sorted(
            (room for room in rooms if room.free >= each), key=lambda room: (room.free, room.share)
        )
        if len(fitting) >= pods:
            return Placing(tuple(room.node for room in fitting[:pods]), each)
    return None


def superfluous(held: Mapping[str, int], surplus: int) -> tuple[list[str], int]:
    """Return the holders to end so that `surplus` devices come free, and what to hold anew.

    The smallest one that is enough, else the largest first: as few pods as do.
    """
    ending: list[str] = []
    left = surplus
    rest = dict(held)
    while left > 0 and rest:
        enough = [name for name, size in rest.items() if size >= left]
        name = (
            min(enough, key=lambda one: (rest[one], one))
            if enough
            else max(rest, key=lambda one: (rest[one], one))
        )
        ending.append(name)
        left -= rest.pop(name)
    return ending, max(0, -left)
