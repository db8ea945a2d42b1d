"""The naive auction: orders by limit, then number, each to the first place that has room.

It knows no dual prices and moves nobody: offers are taken cheapest first, and an order goes to the
node whose offers ask least on average, at its earliest start. It is paid as asked, so it needs no
uniform price and nobody loses; an auction may not be worse than this.
"""

import numpy as np
import numpy.typing as npt

from exchange.verifying.best import Eligible
from exchange.verifying.book import GFLOPS_PER_PFLOPS, Bid, Book, Offer, Order
from exchange.verifying.needs import block_worth, rated, worth

Grid = npt.NDArray[np.int64]


class Floor:
    """What is still free on each step of each offer, by node."""

    def __init__(self, book: Book) -> None:
        steps = sorted(
            (offer.node, ask, offer.arrival, at, devices)
            for at, offer in enumerate(book.offers)
            for ask, devices in offer.steps
        )
        self.ask = np.array([ask for _, ask, *_ in steps], np.int64)
        self.offer = np.array([at for *_, at, _ in steps], np.int64)
        self.free = np.zeros((len(steps), book.hours), np.int64)
        for row, (*_, at, devices) in enumerate(steps):
            offer = book.offers[at]
            self.free[row, offer.first : offer.first + offer.hours] = devices
        nodes = [node for node, *_ in steps]
        self.ptr = np.searchsorted(nodes, np.arange(len(book.nodes) + 1))
        self.room = np.array([self.free[rows].sum(0) for rows in map(self.rows, self._nodes())])

    def _nodes(self) -> range:
        return range(len(self.ptr) - 1)

    def rows(self, node: int) -> slice:
        """Return the steps of a node, cheapest first."""
        return slice(self.ptr[node], self.ptr[node + 1])

    def mean_asks(self, book: Book) -> npt.NDArray[np.float64]:
        """Return by node what its offers ask on average."""
        rates = [node.gflops.get("TRAINING", GFLOPS_PER_PFLOPS) for node in book.nodes]
        means = []
        for at in self._nodes():
            hours = self.free[self.rows(at)].sum(1)
            means.append(float(self.ask[self.rows(at)] @ hours) / max(int(hours.sum()), 1))
        return np.array(means) / np.array(rates)

    def taken(self, node: int, hours: slice, devices: Grid | int) -> Grid:
        """Return what so many devices in each hour take of the node's steps, cheapest first."""
        free = self.free[self.rows(node), hours]
        before = np.cumsum(free, axis=0) - free
        return np.clip(devices - before, 0, free)

    def take(self, node: int, hours: slice, part: Grid) -> int:
        """Take it; return what it asks."""
        self.free[self.rows(node), hours] -= part
        self.room[node, hours] -= part.sum(0)
        return int(part.sum(1) @ self.ask[self.rows(node)])


class Greedy:
    """Serves the orders of a book; refuses what the bench's books do not contain."""

    def __init__(self, book: Book) -> None:
        self._book, self._floor = book, Floor(book)
        self._eligible = Eligible(book)
        self._cheapest = self._floor.mean_asks(book)
        self.served: set[int] = set()

    def welfare_micros(self) -> int:
        """Serve all; return values less asks."""
        turn = sorted(self._book.orders, key=lambda order: (-_highest(order), order.number))
        return sum(self._serve(order) for order in turn)

    def _serve(self, order: Order) -> int:
        for bid in order.bids:
            gain = self._divisible(bid) if bid.divisible else self._block(bid)
            if gain > 0:
                self.served.add(order.number)
                return gain
        return 0

    def _places(self, bid: Bid) -> list[int]:
        places = self._eligible.places(bid)
        return places[np.argsort(self._cheapest[places], kind="stable")].tolist()

    def _block(self, bid: Bid) -> int:
        places = self._places(bid)
        devices = self._eligible.devices(bid, np.array(places, np.intp), bid.wanted[0])
        for node, wanted in zip(places, devices.tolist(), strict=True):
            start = self._start(bid, node, wanted)
            if start is None:
                continue
            hours = slice(start, start + bid.hours)
            part = self._gang(bid, node, hours, wanted)
            if part is None:
                part = self._floor.taken(node, hours, wanted)
            asked = int(part.sum(1) @ self._floor.ask[self._floor.rows(node)])
            if asked < block_worth(bid):
                return block_worth(bid) - self._floor.take(node, hours, part)
        return 0

    def _start(self, bid: Bid, node: int, devices: int) -> int | None:
        """Return the earliest start at which the devices are free throughout."""
        window = slice(bid.earliest, bid.latest)
        if bid.kind == "GANG":
            rows = self._floor.free[self._floor.rows(node), window] >= devices
        else:
            rows = self._floor.room[node : node + 1, window] >= devices
        runs = np.lib.stride_tricks.sliding_window_view(rows, bid.hours, axis=1).all(-1).any(0)
        return bid.earliest + int(runs.argmax()) if runs.any() else None

    def _gang(self, bid: Bid, node: int, hours: slice, devices: int) -> Grid | None:
        """Return what a gang takes: all of it from the cheapest offer with room."""
        if bid.kind != "GANG":
            return None
        free = self._floor.free[self._floor.rows(node), hours]
        row = int((free >= devices).all(1).argmax())
        part = np.zeros_like(free)
        part[row] = devices
        return part

    def _divisible(self, bid: Bid) -> int:
        (limit, amount) = bid.parts[0]
        window = slice(bid.earliest, bid.latest)
        open_ = np.full(bid.latest - bid.earliest, amount, np.int64)
        left, taken = amount * bid.hours, list[tuple[int, Grid]]()
        for node in self._places(bid):
            if left <= 0:
                break
            rate = rated(bid, self._book.nodes[node])
            fair = self._fair(node, window, limit * rate // _unit(bid))
            devices = _first(np.minimum(open_ // rate, fair), left // rate)
            if devices.any():
                taken.append((node, self._floor.taken(node, window, devices)))
                open_ -= devices * rate
                left -= int(devices.sum()) * rate
        credited = amount * bid.hours - left
        if credited * 10_000 < bid.min_fill_bp * amount * bid.hours:
            return 0
        return worth(bid, (credited,)) - sum(
            self._floor.take(node, window, part) for node, part in taken
        )

    def _fair(self, node: int, window: slice, most: int) -> Grid:
        """Return by hour the devices that ask at most so much."""
        rows = self._floor.rows(node)
        kept = int(np.searchsorted(self._floor.ask[rows], most, side="right"))
        return self._floor.free[rows, window][:kept].sum(0)


def _first(devices: Grid, most: int) -> Grid:
    """Return the devices of each hour up to so many in all, early hours first."""
    ran = np.cumsum(devices) - devices
    return np.clip(most - ran, 0, devices)


def _unit(bid: Bid) -> int:
    return GFLOPS_PER_PFLOPS if bid.pflops else 1


def _highest(order: Order) -> int:
    return max(limit for bid in order.bids for limit, _ in bid.parts)


def refuse_what_is_not_plain(book: Book) -> None:
    """Raise ValueError for rows that the bench's books without links do not contain."""
    plain = all(
        order.parent is None
        and order.budget_micros is None
        and all(_plain(bid) for bid in order.bids)
        for order in book.orders
    )
    if not plain or book.links or any(_odd(offer) for offer in book.offers):
        msg = "the baselines serve only what the bench's books without links contain"
        raise ValueError(msg)


def greedy(book: Book) -> Greedy:
    """Return the naive auction of a book; ValueError for rows that it cannot serve."""
    refuse_what_is_not_plain(book)
    return Greedy(book)


def _plain(bid: Bid) -> bool:
    return (
        len(bid.parts) == 1
        and not bid.profile
        and not bid.linked
        and not bid.requires.min_scale_up_gbs
        and bid.requires.max_pue_thousandths is None
        and bid.requires.max_carbon_g_per_kwh is None
    )


def _odd(offer: Offer) -> bool:
    return offer.block or offer.min_devices > 1 or len(offer.steps) > 1
