"""What an arriving listing sells to the orders in the queues: the result of `match_listing`.

Nothing is changed here: a meeting keeps its own account of what is left on both sides, so
that a listing may still be refused for a price that it would get.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final

from exchange.book.blocks import Standing, best_block
from exchange.book.checks import CANCEL_NEWEST, CANCEL_OLDEST
from exchange.book.landing import LinkedBlocks
from exchange.book.queues import Line, Step
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.price import floor_tick

GO: Final = "GO"
REDUCE: Final = "REDUCE"
Found = tuple[int, int, Step]  # what it pays, negative; its arrival; the block


class Meeting:
    """An arriving listing among the orders that could pay its ask within its hours."""

    def __init__(self, state: State, listing: Listing, lines: list[Line]) -> None:
        self.state = state
        self.listing = listing
        self.lines = lines
        self.free = listing.frees().copy()
        self.rest = listing.rest
        self.standing: dict[int, Standing] = {}
        self.gone: set[int] = set()
        self.steps: list[Step] = []
        self.met = False
        self.links: LinkedBlocks | None = None  # once an order wants a link

    def run(self) -> tuple[list[Step], bool]:
        """Return the steps until nobody pays the ask, and whether the seller's own order does."""
        while self._round():
            pass
        return self.steps, self.met

    def _round(self) -> bool:
        """Meet the orders until an own one gave way; tell whether to meet them again."""
        owner = self.listing.seat.owner
        waiting = Waiting(self)
        while self.rest:
            step = waiting.best()
            if step is None:
                return False
            if step[1].seat.owner == owner:
                return self._meet_own(step)
            self.steps.append(step)
            _, order, devices, start, price, _ = step
            self._take(step)
            value = price * devices * order.hours
            if self.links is not None and order.demand.linked:
                value += self.links.take(order, start)
            self.of(order).trade(order, value, start)
            waiting.after(step)
        return False

    def _meet_own(self, step: Step) -> bool:
        _, order, devices, start, price, credited = step
        if self.listing.mode == CANCEL_NEWEST:
            self.met = True
            return False
        if self.listing.mode == CANCEL_OLDEST:
            self.steps.append((GO, order, devices, start, price, credited))
            self.gone.add(order.id)
            return True
        self.steps.append((REDUCE, order, devices, start, price, credited))
        self._take(step)
        self.of(order).reduce(order)
        return True

    def _take(self, step: Step) -> None:
        _, order, devices, start, _, credited = step
        at, until = start - self.listing.first, start + order.hours - self.listing.first
        self.free[at:until] = [free - devices for free in self.free[at:until]]
        self.rest -= devices * order.hours
        self.of(order).amount -= credited

    def of(self, order: Order) -> Standing:
        """Return what is left of the order by now."""
        standing = self.standing.get(order.id)
        if standing is None:
            standing = self.standing[order.id] = Standing(self.state, order)
        return standing

    def block_for(self, order: Order, free: list[int]) -> Step | None:
        """Return the block for the order when so much is free; None: there is none."""
        if order.demand.linked:
            return self._linked_block(order, free)
        return best_block(self.listing, order, self.of(order), free)

    def _linked_block(self, order: Order, free: list[int]) -> Step | None:
        standing = self.of(order)
        if not standing.amount:
            return None
        if self.links is None:
            self.links = LinkedBlocks(self.state, self.listing)
        return self.links.best(order, standing.purse, (standing.first, standing.last), free)

    def orders(self) -> Iterator[tuple[int, int, Order]]:
        """Yield orders by the most they could pay for a device (negative), then arrival."""
        ask = self.listing.ask
        heads = []
        for line in self.lines:
            rows = iter(line.shelf)
            order = next(rows)
            pays = -floor_tick(line.pays)
            heads.append((pays, order.arrival, order, rows, line.rated, line.scale))
        heapify(heads)
        while heads:
            pays, arrival, order, rows, rated, scale = heads[0]
            if order.id not in self.gone:
                yield pays, arrival, order
            following = next(rows, None)
            pays = 0 if following is None else floor_tick(following.limit * rated // scale)
            if following is None or pays < ask:
                heappop(heads)
            else:
                heapreplace(heads, (-pays, following.arrival, following, rows, rated, scale))


class Waiting:
    """The orders of one round: those looked at, and those that cannot pay as much."""

    __slots__ = ("coming", "earlier", "found", "meeting", "next")

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        self.coming = meeting.orders()
        self.next = next(self.coming, None)
        self.found: list[Found] = []
        # What was free before each step: who could not be served then is not served later.
        self.earlier: list[list[int]] = []

    def best(self) -> Step | None:
        """Return the block of the order that pays most, then came first; None: nobody buys."""
        found = self.found
        while self.next is not None and (not found or self.next[:2] < found[0][:2]):
            order = self.next[2]
            step = self._served_so_far(order)
            if step is not None:
                heappush(found, (-step[4], order.arrival, step))
            self.next = next(self.coming, None)
        return found[0][2] if found else None

    def _served_so_far(self, order: Order) -> Step | None:
        meeting = self.meeting
        step = meeting.block_for(order, meeting.free)
        if step is None or not self.earlier or not order.odd:
            return step
        if all(meeting.block_for(order, free) is not None for free in self.earlier):
            return step
        return None

    def after(self, step: Step) -> None:
        """Look again at the orders found, now that less is free."""
        _, served, devices, start, _, _ = step
        free = self.meeting.free
        at = start - self.meeting.listing.first
        before = free.copy()
        for index in range(at, at + served.hours):
            before[index] += devices
        self.earlier.append(before)
        again: list[Found] = []
        for _, arrival, past in self.found:
            order = past[1]
            if order is served and not self.meeting.of(order).amount:
                continue
            now = self.meeting.block_for(order, free)
            if now is not None:
                again.append((-now[4], arrival, now))
        heapify(again)
        self.found = again
