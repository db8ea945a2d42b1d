"""The best that an order could have had at given prices: by definition, with nothing left out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exchange.verifying.book import GFLOPS_PER_PFLOPS, Bid, Book, Order
from exchange.verifying.needs import block_worth, rated, unmet
from exchange.verifying.space import Costs, Grid, Mask, Space

# Dearer than any price, so that a cell where nothing stands is never the cheapest.
NOWHERE = np.int64(2**62)
# More devices than any node has; keeps products of whole numbers in 64 bits.
MOST_IN_A_NODE = 10_000_000
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Best:
    """The best of an order's alternatives: which, its surplus, and whether any place fits."""

    alternative: int
    surplus_micros: int
    fits: bool


@dataclass(frozen=True)
class Market:
    """Prices, and the capacity in which a place is looked for."""

    book: Book
    space: Space
    costs: Costs
    eligible: "Eligible"

    def best(self, order: Order, *, within_budget: bool = False) -> Best:
        """Return the first alternative of most surplus, at least zero.

        With `within_budget`, places that would cost more than the budget are left out.
        """
        budget = order.budget_micros if within_budget else None
        most = None if budget is None else budget * 10_000 // (10_000 + self.book.vat_bp)
        found = [self._of_bid(bid, most) for bid in order.bids]
        worths = [0 if one is None else max(0, one) for one in found]
        at = max(range(len(worths)), key=lambda index: (worths[index], -index))
        return Best(at, worths[at], any(one is not None for one in found))

    def fits(self, order: Order) -> bool:
        """Tell whether any alternative fits anywhere."""
        return any(self._of_bid(bid, None) is not None for bid in order.bids)

    def _of_bid(self, bid: Bid, most: int | None) -> int | None:
        """Return the best surplus of a bid, or None where nothing fits."""
        places = self.eligible.places(bid)
        if not len(places):
            return None
        return self._in_parts(bid) if bid.divisible else self._in_one(bid, places, most)

    def _in_one(self, bid: Bid, places: Places, most: int | None) -> int | None:
        starts = slice(bid.earliest, bid.latest - bid.hours + 1)
        cost, fit = self._profile(bid, places) if bid.profile else self._block(bid, places, starts)
        if bid.linked:
            link, carried = self._link(bid, starts)
            arcs = self.eligible.arcs(bid)[places]
            cost, fit = cost + link[arcs], fit & carried[arcs]
        if not fit.any():
            return None
        if most is not None:
            fit = fit & (cost <= most)
        return block_worth(bid) - int(cost[fit].min()) if fit.any() else 0

    def _block(self, bid: Bid, places: Places, starts: slice) -> tuple[Grid, Mask]:
        devices = self.eligible.devices(bid, places, bid.wanted[0])[:, None]
        cost = devices * self.costs.devices_over(bid.hours)[places, starts]
        if bid.kind == "GANG":
            room = self.space.single_through(bid.hours, bid.requires)
        else:
            room = self.space.devices_through(bid.hours)
        return cost, devices <= room[places, starts]

    def _profile(self, bid: Bid, places: Places) -> tuple[Grid, Mask]:
        starts = bid.latest - bid.hours - bid.earliest + 1
        cost = np.zeros((len(places), starts), np.int64)
        fit = np.ones((len(places), starts), np.bool_)
        for at, amount in enumerate(bid.profile):
            hours = slice(bid.earliest + at, bid.earliest + at + starts)
            devices = self.eligible.devices(bid, places, amount)[:, None]
            cost += devices * self.costs.devices[places, hours]
            fit &= devices <= self.space.devices[places, hours]
        return cost, fit

    def _link(self, bid: Bid, starts: slice) -> tuple[Grid, Mask]:
        moved = np.array(self.book.per_gb_of_arc, np.int64)[:, None] * bid.move_gb
        cost = bid.link_gbps * self.costs.links_over(bid.hours)[:, starts] + moved
        return cost, bid.link_gbps <= self.space.gbps_through(bid.hours)[:, starts]

    def _in_parts(self, bid: Bid) -> int | None:
        cheapest = self.eligible.cheapest(bid, self.space, self.costs)[bid.earliest : bid.latest]
        units = [int(unit) for unit in cheapest if unit < NOWHERE]
        return sum(_part(bid, *part, units) for part in bid.parts) if units else None


def _part(bid: Bid, limit: int, amount: int, units: list[int]) -> int:
    """Sum the best hours of one part of a divisible bid, each at its cheapest unit price."""
    whole = GFLOPS_PER_PFLOPS if bid.pflops else 1
    gains = sorted((max(0, -(-amount * (limit - unit) // whole)) for unit in units), reverse=True)
    return sum(gains[: bid.hours])


class Eligible:
    """Remembers, for all bids that ask the same, which nodes may serve them."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lots = np.array([max(1, node.devices_per_node) for node in book.nodes], np.int64)
        self._places: dict[object, Places] = {}
        self._rated: dict[str, Grid] = {}
        self._cheapest: dict[object, Grid] = {}
        self._arcs: dict[str, Places] = {}

    def places(self, bid: Bid) -> Places:
        """Return the nodes that meet the bid's conditions, its link's arc included."""
        key = _key(bid)
        if key not in self._places:
            nodes = self._book.nodes
            found = [
                at
                for at, node in enumerate(nodes)
                if not unmet(bid, node)
                and (not bid.linked or (node.zone, bid.city) in self._book.arc_at)
            ]
            self._places[key] = np.array(found, np.intp)
        return self._places[key]

    def arcs(self, bid: Bid) -> Places:
        """Return for each node the arc to the bid's city; 0 where there is none."""
        if bid.city not in self._arcs:
            at = self._book.arc_at
            found = [at.get((node.zone, bid.city), 0) for node in self._book.nodes]
            self._arcs[bid.city] = np.array(found, np.intp)
        return self._arcs[bid.city]

    def devices(self, bid: Bid, places: Places, amount: int) -> Grid:
        """Return for each place the whole devices that give the amount."""
        if bid.pflops:
            found = np.minimum(MOST_IN_A_NODE, -(-amount // self._rates(bid)[places]))
        else:
            found = np.full(len(places), amount, np.int64)
        if bid.requires.min_scale_up_gbs:
            found = -(-found // self._lots[places]) * self._lots[places]
        return found

    def _rates(self, bid: Bid) -> Grid:
        if bid.workload_class not in self._rated:
            found = [rated(bid, node) for node in self._book.nodes]
            self._rated[bid.workload_class] = np.array(found, np.int64)
        return self._rated[bid.workload_class]

    def cheapest(self, bid: Bid, space: Space, costs: Costs) -> Grid:
        """Return by hour the least price of a unit among nodes where any device stands."""
        key = (_key(bid), id(space), id(costs))
        if key not in self._cheapest:
            places = self.places(bid)
            price = costs.devices[places]
            if bid.pflops:
                price = price * GFLOPS_PER_PFLOPS // self._rates(bid)[places][:, None]
            price = np.where(space.devices[places] > 0, price, NOWHERE)
            self._cheapest[key] = price.min(axis=0)
        return self._cheapest[key]


def _key(bid: Bid) -> object:
    city = bid.city if bid.linked or bid.requires.max_rtt_us is not None else ""
    return (bid.requires, city, bid.linked, bid.pflops and bid.workload_class)
