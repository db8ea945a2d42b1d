"""What stands on the shelves: put there, taken off, and remembered until its gate closes.

On the shelves is only what may trade: of an active pool, of an admitted member, not halted.
"""

from heapq import heappush
from typing import Final

from exchange.book.demand import Demand, Queue
from exchange.book.rows import Listing, Order, enlist, strike
from exchange.book.seats import Seat
from exchange.book.state import State
from exchange.book.stock import Kind, Stock
from exchange.price import DEVICES

AUCTION: Final = "GFA"


def shelve_listing(listing: Listing) -> None:
    """Put the listing on its shelf, if it may trade."""
    if listing.seat.trades and listing.stock.active:
        listing.rank()
        aisle = listing.aisle
        aisle.bays.put(listing)
        if aisle.split:
            listing.kind.bays.put(listing)
        listing.shelved = True


def unshelve_listing(listing: Listing) -> None:
    """Take the listing off its shelf, if it stands on one."""
    if listing.shelved:
        aisle = listing.aisle
        aisle.bays.drop(listing)
        if aisle.split:
            listing.kind.bays.drop(listing)
        listing.shelved = False


def shelve_order(state: State, order: Order) -> None:
    """Put the order in its queue, if it may trade in the continuous market."""
    if order.seat.trades and order.tif != AUCTION:
        demand = order.demand
        devices = order.unit == DEVICES
        queue = demand.devices if devices else demand.gflops
        if queue is None:
            queue = _queue(state, demand, devices=devices)
        order.rank()
        queue.rack.put(order)
        queue.count += 1
        order.shelved = True


def unshelve_order(order: Order) -> None:
    """Take the order out of its queue, if it stands in one."""
    if order.shelved:
        demand = order.demand
        queue = demand.devices if order.unit == DEVICES else demand.gflops
        assert queue is not None
        queue.rack.drop(order)
        queue.count -= 1
        order.shelved = False


def _queue(state: State, demand: Demand, *, devices: bool) -> Queue:
    queue = Queue(demand, devices=devices)
    state.queues.append(queue)
    if devices:
        demand.devices = queue
    else:
        demand.gflops = queue
    return queue


def rest_order(state: State, order: Order) -> None:
    """Let the order wait in the book until it is filled or due."""
    state.orders[order.id] = order
    order.resting = True
    seat = order.seat
    enlist(seat.orders, order)
    seat.held += order.left
    if order.expires is not None:
        heappush(state.expiries, (order.expires, order.id))
    shelve_order(state, order)


def leave_order(state: State, order: Order) -> None:
    """Take a resting order out of the book."""
    del state.orders[order.id]
    order.resting = False
    seat = order.seat
    strike(seat.orders, order)
    seat.held -= order.left
    unshelve_order(order)


def rest_listing(state: State, listing: Listing) -> None:
    """Let the listing wait in the book until it is sold or due."""
    state.listings[listing.id] = listing
    listing.resting = True
    enlist(listing.seat.listings, listing)
    listing.enlist()
    shelve_listing(listing)


def leave_listing(state: State, listing: Listing) -> None:
    """Take a resting listing out of the book."""
    del state.listings[listing.id]
    listing.resting = False
    strike(listing.seat.listings, listing)
    listing.strike()
    unshelve_listing(listing)


def reshelve_member(state: State, seat: Seat) -> None:
    """Take what the member has open off the shelves, or put it back, as it may trade now."""
    order: Order
    for order in seat.orders:
        unshelve_order(order)
        shelve_order(state, order)
    listing: Listing
    for listing in seat.listings:
        unshelve_listing(listing)
        shelve_listing(listing)


def reshelve_pool(state: State, stock: Stock) -> None:
    """Let the pool's listings stand where its facts put them now."""
    listing: Listing
    for listing in stock.listings:
        unshelve_listing(listing)
        listing.be(kind_of(state, stock, listing.kind.firmness))
        shelve_listing(listing)


def kind_of(state: State, stock: Stock, firmness: str) -> Kind:
    """Return the kind of the pool's listings with that firmness."""
    kind = stock.kinds.get(firmness)
    if kind is None:
        kind = stock.kinds[firmness] = state.kind(stock.facts, firmness)
    return kind
