"""Pools as the book keeps them: what they are like, where their listings stand, what is taken."""

from typing import Any, Final

from msgspec.structs import replace

from exchange.book.bays import Bays
from exchange.book.commands import Pool

# So many listings of the wrong kind may be passed by on one shelf before its aisle is crowded.
MOST_PASSED: Final = 512


class Chip:
    """A chip model: its reference price and whether it is halted."""

    __slots__ = ("aisles", "bound", "code", "halt", "nominal", "price")

    def __init__(self, code: str) -> None:
        self.code = code
        self.aisles: list[Aisle] = []
        self.halt: str | None = None  # its reason
        self.price: int | None = None
        self.nominal = 0
        self.bound: int | None = None  # most that an arriving buy may pay


class Aisle:
    """Listings of one chip model, conversion factor and node size: there, the ask ranks them."""

    __slots__ = ("bays", "chip", "crowded", "family", "gflops", "kinds", "node", "split", "stack")

    def __init__(self, chip: Chip, pool: Pool) -> None:
        self.chip = chip
        chip.aisles.append(self)
        self.family = pool.family
        self.stack = pool.stack
        self.gflops = dict(pool.gflops)
        self.node = pool.devices_per_node
        self.bays: Bays[Any] = Bays()  # of listings
        self.kinds: list[Kind] = []
        # Crowded: somebody passed by very many that were not what it required. Then listings
        # stand by their kind as well.
        self.crowded = self.split = False

    def rated(self, workload: str) -> int:
        """Return what one device does of such work in GFLOPS: as told, or nominal, or 0."""
        return self.gflops.get(workload, self.chip.nominal)


class Kind:
    """What a listing is like to one who requires: its pool's facts, and its firmness."""

    __slots__ = (
        "aisle",
        "bays",
        "carbon",
        "firmness",
        "judged",
        "memory",
        "pue",
        "rtt",
        "scale_out",
        "scale_up",
        "suitors",
        "zone",
    )

    def __init__(self, aisle: Aisle, pool: Pool, firmness: str) -> None:
        self.aisle = aisle
        aisle.kinds.append(self)
        self.bays: Bays[Any] = Bays()  # of listings, once the aisle is split
        self.firmness = firmness
        self.memory = pool.memory_gb
        self.scale_up = pool.scale_up_gbs
        self.scale_out = pool.scale_out_gbps
        self.zone = pool.zone
        self.pue = pool.pue_thousandths
        self.carbon = pool.carbon_g_per_kwh
        self.rtt = pool.rtt_us
        # Queues of resting orders that such a listing satisfies, of the first `judged` ones.
        self.suitors: list[Any] = []
        self.judged = 0


class Stock:
    """A pool: its facts now, and the devices that listings and sales have taken by hour.

    What is taken is folded in late: most checks need no more than a bound that is never too
    low, so that a listing of many hours costs no more than one of few.
    """

    __slots__ = (
        "active",
        "bound",
        "chip",
        "devices",
        "edges",
        "facts",
        "kinds",
        "listings",
        "looked",
        "pool",
        "seller",
        "taken",
    )

    def __init__(self, facts: Pool, chip: Chip) -> None:
        self.be(facts, chip)
        self.kinds: dict[str, Kind] = {}
        self.listings: list[Any] = []
        self.taken: dict[int, int] = {hour: used for hour, used in facts.used.items() if used}
        self.edges: dict[int, int] = {}  # by how much more is taken from an hour on
        self.bound = max(self.taken.values(), default=0)
        self.reserve((), facts.reserved)
        self.looked = 0  # how often at the hours, since the bound was true

    def be(self, facts: Pool, chip: Chip) -> None:
        """Put the facts in force."""
        self.facts = replace(facts, used={})
        self.chip = chip
        self.pool = facts.pool
        self.seller = facts.seller
        self.devices = facts.devices
        self.active = facts.active

    def take(self, first: int, hours: int, devices: int) -> None:
        """Take devices in each of the hours; fewer than none gives back."""
        if devices > 0:
            self.bound += devices
        if hours == 1:
            self._add(first, devices)
        else:
            edges, end = self.edges, first + hours
            edges[first] = edges.get(first, 0) + devices
            edges[end] = edges.get(end, 0) - devices

    def reserve(
        self, before: tuple[tuple[int, int], ...], after: tuple[tuple[int, int], ...]
    ) -> None:
        """Take what is reserved now instead of what was before."""
        for hour, devices in before:
            self.take(hour, 1, -devices)
        for hour, devices in after:
            self.take(hour, 1, devices)

    def sell_reserved(self, sold: dict[int, int]) -> None:
        """Let reserved devices, by hour, be sold ones: what is taken stays what it was."""
        self.facts = replace(self.facts, reserved=less(self.facts.reserved, sold))

    def _add(self, hour: int, devices: int) -> None:
        taken = self.taken.get(hour, 0) + devices
        if taken:
            self.taken[hour] = taken
        else:
            self.taken.pop(hour, None)

    def _fold(self) -> None:
        """Add up what was taken of more than one hour."""
        begin, level = 0, 0
        for edge in sorted(self.edges):
            if level:
                for hour in range(begin, edge):
                    self._add(hour, level)
            begin, level = edge, level + self.edges[edge]
        self.edges.clear()

    def short_of(self, first: int, hours: int, devices: int) -> tuple[int, int] | None:
        """Return the first hour with fewer devices free, and how many; None: there is none."""
        most = self.devices - devices
        self._fold()
        taken = self.taken
        self.looked += 1
        if self.looked * 16 > len(taken):  # often enough to pay for looking at every hour
            # Hours long closed may hold less than nothing: a restart has forgotten their sales.
            self.bound, self.looked = max((0, *taken.values())), 0
        for hour in range(first, first + hours):
            if taken.get(hour, 0) > most:
                return hour, self.devices - taken.get(hour, 0)
        return None

    def taken_from(self, first_open: int) -> list[tuple[int, int]]:
        """Return what is taken by hour besides what is reserved, of hours that still trade."""
        self._fold()
        reserved = dict(self.facts.reserved)
        taken = ((hour, count - reserved.get(hour, 0)) for hour, count in self.taken.items())
        return sorted((hour, count) for hour, count in taken if count and hour >= first_open)


def less(
    reserved: tuple[tuple[int, int], ...], sold: dict[int, int]
) -> tuple[tuple[int, int], ...]:
    """Return what stays reserved of each hour."""
    left = ((hour, devices - sold.get(hour, 0)) for hour, devices in reserved)
    return tuple((hour, devices) for hour, devices in left if devices)
