"""What an arriving listing sells to the orders in the queues: the result of `match_listing`.

Nothing is changed here: a meeting keeps its own account of what is left on both sides, so
that a listing may still be refused for a price that it would get.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace
from itertools import chain
from typing import NamedTuple

from exchange.book.checks import CANCEL_NEWEST, CANCEL_OLDEST
from exchange.book.demand import Queue
from exchange.book.picking import starts_of
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.price import DEVICES, SCALE, floor_tick, hold_micros, net_of

TRADE, GO, REDUCE = "TRADE", "GO", "REDUCE"


class Step(NamedTuple):
    """One thing that a meeting leads to: a trade, the end of an own order, or a reduction."""

    what: str
    order: Order
    devices: int
    start: int
    price: int
    credited: int


Found = tuple[int, int, Step]  # what it pays, negative; its arrival; the block


class Standing:
    """What is left of a resting order in the course of a meeting."""

    __slots__ = ("amount", "first", "last", "left", "purse", "reduced")

    def __init__(self, state: State, order: Order) -> None:
        self.amount = order.amount - order.filled
        self.left = order.left
        self.purse = order.purse
        self.reduced = False
        self.first, self.last = starts_of(state, order)


class Meeting:
    """An arriving listing among the orders that could pay its ask within its hours."""

    def __init__(self, state: State, listing: Listing) -> None:
        self.state = state
        self.listing = listing
        self.free = listing.frees().copy()
        self.rest = listing.rest
        self.standing: dict[int, Standing] = {}
        self.gone: set[int] = set()
        self.steps: list[Step] = []
        self.met = False

    def run(self) -> None:
        """Work out the steps, until nothing pays the ask or the best order is the seller's own."""
        while self._round():
            pass

    def _round(self) -> bool:
        """Meet the orders until an own one gave way; tell whether to meet them again."""
        owner = self.listing.seat.owner
        waiting = Waiting(self)
        while self.rest:
            step = waiting.best()
            if step is None:
                return False
            if step.order.seat.owner == owner:
                return self._meet_own(step)
            self.steps.append(step)
            self._apply(step)
            waiting.after(step)
        return False

    def _meet_own(self, step: Step) -> bool:
        mode = self.listing.mode
        if mode == CANCEL_NEWEST:
            self.met = True
            return False
        if mode == CANCEL_OLDEST:
            self.steps.append(step._replace(what=GO))
            self.gone.add(step.order.id)
            return True
        self.steps.append(step._replace(what=REDUCE))
        self._apply(step, reduced=True)
        return True

    def _apply(self, step: Step, *, reduced: bool = False) -> None:
        order = step.order
        at, until = step.start - self.listing.first, step.start + order.hours - self.listing.first
        self.free[at:until] = [free - step.devices for free in self.free[at:until]]
        self.rest -= step.devices * order.hours
        standing = self.of(order)
        standing.amount -= step.credited
        if reduced:
            still = hold_micros(
                unit=order.unit,
                amount=standing.amount,
                hours=order.hours,
                limit_micros=order.limit,
                vat_bp=order.vat,
                budget_micros=order.budget,
            )
            standing.left = min(standing.left, still)
            standing.purse = net_of(standing.left, order.vat)
            return
        value = step.price * step.devices * order.hours
        standing.purse -= value
        standing.left -= value + value * order.vat // 10_000
        standing.first, standing.last = step.start, step.start + order.hours

    def of(self, order: Order) -> Standing:
        """Return what is left of the order by now."""
        standing = self.standing.get(order.id)
        if standing is None:
            standing = self.standing[order.id] = Standing(self.state, order)
        return standing

    def orders(self) -> Iterator[tuple[int, int, Order]]:
        """Yield orders by the most they could pay for a device (negative), then arrival."""
        listing = self.listing
        heads = []
        for queue in suitors_of(self.state, listing):
            rated = 1 if queue.devices else listing.aisle.rated(queue.demand.workload)
            scale = SCALE[DEVICES if queue.devices else "PFLOPS"]
            for shelf in queue.rack.reach(listing.first, listing.end, 1):
                rows = chain.from_iterable(shelf.rows)
                order = next(rows)
                pays = floor_tick(order.limit * rated // scale)
                if pays >= listing.ask:
                    heads.append((-pays, order.arrival, order, rows, rated, scale))
        heapify(heads)
        while heads:
            pays, arrival, order, rows, rated, scale = heads[0]
            if order.id not in self.gone:
                yield pays, arrival, order
            following = next(rows, None)
            pays = 0 if following is None else floor_tick(following.limit * rated // scale)
            if following is None or pays < listing.ask:
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
                heappush(found, (-step.price, order.arrival, step))
            self.next = next(self.coming, None)
        return found[0][2] if found else None

    def _served_so_far(self, order: Order) -> Step | None:
        meeting = self.meeting
        step = best_block(meeting, order, meeting.free)
        if step is None or not self.earlier or not order.odd:
            return step
        if all(best_block(meeting, order, free) is not None for free in self.earlier):
            return step
        return None

    def after(self, step: Step) -> None:
        """Look again at the orders found, now that less is free."""
        free = self.meeting.free
        at = step.start - self.meeting.listing.first
        before = free.copy()
        for index in range(at, at + step.order.hours):
            before[index] += step.devices
        self.earlier.append(before)
        again: list[Found] = []
        for _, arrival, past in self.found:
            order = past.order
            if order is step.order and not self.meeting.of(order).amount:
                continue
            now = best_block(self.meeting, order, free)
            if now is not None:
                again.append((-now.price, arrival, now))
        heapify(again)
        self.found = again


def suitors_of(state: State, listing: Listing) -> list[Queue]:
    """Return the queues whose requirement the listing satisfies."""
    kind = listing.kind
    if kind.judged != len(state.queues):
        for queue in state.queues[kind.judged :]:
            if queue.demand.may_enter(kind.aisle) and queue.demand.judge(kind):
                kind.suitors.append(queue)
        kind.judged = len(state.queues)
    return kind.suitors


def best_block(meeting: Meeting, order: Order, free: list[int]) -> Step | None:
    """Return the block for the order: the most devices, then the earliest start."""
    listing = meeting.listing
    standing = meeting.of(order)
    hours = order.hours
    if hours < listing.min_hours:
        return None
    rated = 1 if order.unit == DEVICES else listing.aisle.rated(order.demand.workload)
    step = listing.aisle.node if order.demand.whole_nodes else 1
    whole = -(-standing.amount // (rated * step)) * step
    begin = max(standing.first, listing.first)
    until = min(standing.last, listing.end)
    best: Step | None = None
    most = max(1, order.least, listing.min_devices) - 1
    tried = 0
    for start in range(begin, until - hours + 1):
        at = start - listing.first
        devices = min(whole, min(free[at : at + hours]) // step * step)
        if devices <= most or devices == tried:
            continue
        tried = devices
        credited = min(rated * devices, standing.amount)
        if not order.splittable and credited != standing.amount:
            continue
        price = _price(order, standing, devices, credited)
        if price >= listing.ask:
            best = Step(TRADE, order, devices, start, price, credited)
            most = devices
            if devices == whole:
                break
    return best


def _price(order: Order, standing: Standing, devices: int, credited: int) -> int:
    """Return what the order pays for a device-hour: its limit or its purse, on a tick."""
    by_limit = order.limit * credited // (SCALE[order.unit] * devices)
    by_purse = standing.purse // (devices * order.hours)
    return floor_tick(min(by_limit, by_purse))
