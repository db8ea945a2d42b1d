"""Which nodes satisfy a bid, and what a device counts for there."""

from typing import Any, NamedTuple, Self

import numpy as np

from exchange.clearing.book import Bid, Book, Node, Requires
from exchange.clearing.kernels.shapes import Array, Places
from exchange.requirement import Place, Requirement, satisfies

# Ceilings of PUE and carbon are those of an offer: kept by its own table of fits.
CONDITIONS = tuple(
    name
    for name in Requires.__struct_fields__
    if name not in ("max_pue_thousandths", "max_carbon_g_per_kwh")
)
NOTHING = Requires()  # asked of a place
ANY_GFLOPS = 1_000_000  # a node that says nothing of its speed


class Grounds(NamedTuple):
    """The rows of cells: nodes, then arcs from a zone to a city; and how they are named."""

    nodes: tuple[Node, ...]
    codes: dict[str, int]
    arcs: dict[tuple[str, str], int]
    cities: dict[str, int]
    work: dict[str, int]
    hours: int
    per_gb: dict[tuple[str, str], int]

    @classmethod
    def of(cls, book: Book) -> Self:
        """Return those of a book."""
        nodes = book.nodes
        per_gb: dict[tuple[str, str], int] = {}
        for link in book.links:
            arc = (link.zone, link.city)
            per_gb[arc] = max(per_gb.get(arc, 0), link.price_micros_per_gb)
        bids = [bid for order in book.orders for bid in order.alternatives]
        return cls(
            nodes,
            {node.node: row for row, node in enumerate(nodes)},
            {arc: len(nodes) + row for row, arc in enumerate(sorted(per_gb))},
            {city: row for row, city in enumerate(sorted({"", *(bid.city for bid in bids)}))},
            {work: row for row, work in enumerate(sorted({bid.workload_class for bid in bids}))},
            book.hours,
            per_gb,
        )


def places_of(grounds: Grounds, bids: list[Bid], fit: Array) -> tuple[Places, Array]:
    """Return the places, and which set of nodes each bid may use."""
    rate = np.array(
        [[_rated(node, work) for node in grounds.nodes] for work in grounds.work],
        np.int64,
    ).reshape(len(grounds.work), len(grounds.nodes))
    finder = _Finder(grounds, rate)
    masks = np.array([finder.mask(bid) for bid in bids], np.int64)
    sets = list(finder.sets)
    per_gb = np.zeros(len(grounds.nodes) + len(grounds.arcs), np.int64)
    for arc, row in grounds.arcs.items():
        per_gb[row] = grounds.per_gb[arc]
    places = Places(
        mask_ptr=np.cumsum([0, *map(len, sets)], dtype=np.int64),
        mask_node=np.array([row for rows in sets for row in rows], np.int64),
        rate=rate,
        step=np.array([max(node.devices_per_node, 1) for node in grounds.nodes], np.int64),
        arc=np.array(
            [
                [grounds.arcs.get((node.zone, city), -1) for node in grounds.nodes]
                for city in grounds.cities
            ],
            np.int64,
        ),
        per_gb=per_gb,
        fit=fit,
    )
    return places, masks


def _rated(node: Node, work: str) -> int:
    """Return a device's GFLOPS for a class of work; 0 where it is not rated for that."""
    return node.gflops.get(work, 0) if node.gflops else ANY_GFLOPS


class _Finder:
    """Finds the nodes of a bid; remembers which satisfy a condition, and a set of conditions."""

    def __init__(self, grounds: Grounds, rate: Array) -> None:
        self._grounds, self._rate = grounds, rate
        self._known: dict[Any, int] = {}
        self._places: dict[str, list[Place]] = {}
        self._satisfying: dict[tuple[str, object, str], Array] = {}
        self.sets: dict[tuple[int, ...], int] = {}

    def mask(self, bid: Bid) -> int:
        linked = bool(bid.link_gbps or bid.move_gb)
        key = (bid.requires, bid.city, linked, bid.workload_class, bid.unit)
        if key not in self._known:
            rows = tuple(np.flatnonzero(self._serving(bid, linked=linked)).tolist())
            self._known[key] = self.sets.setdefault(rows, len(self.sets))
        return self._known[key]

    def _serving(self, bid: Bid, *, linked: bool) -> Array:
        """Return by node whether the bid may use it."""
        nodes = self._grounds.nodes
        serving = np.ones(len(nodes), np.bool_)
        for name in CONDITIONS:
            wanted = getattr(bid.requires, name)
            if wanted != getattr(NOTHING, name):
                serving &= self._satisfy(name, wanted, bid.city)
        if bid.unit != "DEVICES":
            serving &= self._rate[self._grounds.work[bid.workload_class]] > 0
        if linked:
            serving &= np.array([(node.zone, bid.city) in self._grounds.arcs for node in nodes])
        return serving

    def _satisfy(self, name: str, wanted: object, city: str) -> Array:
        """Return by node whether it satisfies one condition; each stands for itself."""
        key = (name, wanted, city if name == "max_rtt_us" else "")
        if key not in self._satisfying:
            if city not in self._places:
                self._places[city] = [_place(node, city) for node in self._grounds.nodes]
            alone = Requirement(**{name: wanted})  # type: ignore[arg-type]
            places = self._places[city]
            self._satisfying[key] = np.array([satisfies(alone, place) for place in places], bool)
        return self._satisfying[key]


def _place(node: Node, city: str) -> Place:
    return Place(
        family=node.family,
        chip=node.chip,
        stack=node.stack,
        memory_gb=node.memory_gb,
        scale_up_gbs=node.scale_up_gbs,
        scale_out_gbps=node.scale_out_gbps,
        zone=node.zone,
        pue_thousandths=0,
        carbon_g_per_kwh=0,
        firmness=node.firmness,
        rtt_us=node.rtt_us.get(city),
    )
