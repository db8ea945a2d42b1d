"""How many nodes and cores stand for so many devices. Pure."""

from dataclasses import dataclass

from delivery.adapters.slurm.options import SlurmOptions
from exchange.units import ceil_div


@dataclass(frozen=True)
class Shape:
    """The same share of each of `nodes` nodes. `cores` of each; all of them is a whole node."""

    nodes: int
    devices_per_node: int
    cores_per_node: int
    whole_nodes: bool

    @property
    def devices(self) -> int:
        """Return the devices in all: what was contracted, rounded up to equal shares."""
        return self.nodes * self.devices_per_node

    @property
    def cores(self) -> int:
        """Return the cores in all."""
        return self.nodes * self.cores_per_node


def shape_of(devices: int, options: SlurmOptions) -> Shape:
    """Return the fewest nodes that hold the devices, each with the same share of them.

    Generic resources cannot be reserved in Slurm 22.05: cores are, in the devices' share, and
    the account's limit keeps the devices to that number.
    """
    nodes = ceil_div(devices, options.devices_per_node)
    each = ceil_div(devices, nodes)
    cores_per_device = options.cores_per_node // options.devices_per_node
    return Shape(nodes, each, each * cores_per_device, each == options.devices_per_node)


def job_shape(devices: int, held: Shape) -> Shape:
    """Return the share of a hand-over that a job of so many devices takes."""
    nodes = ceil_div(devices, held.devices_per_node)
    each = ceil_div(devices, nodes)
    cores = each * held.cores_per_node // held.devices_per_node
    return Shape(nodes, each, cores, whole_nodes=False)
