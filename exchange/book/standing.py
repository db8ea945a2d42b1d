"""What stands on the shelves: put there, taken off, and remembered until its gate closes.

On the shelves is only what may trade: of an active pool, of an admitted member, not halted.
"""

from heapq import heappush

from exchange.book.demand import Demand, Queue
from exchange.book.rows import Listing, Order, Seat
from exchange.book.shelves import ARRIVAL_BITS
from exchange.book.state import State
from exchange.book.stock import Kind, Stock
from exchange.price import DEVICES

# Limits are below 2**62: what pays most has the lowest key.
CEILING = 1 << 62
AUCTION = "GFA"


def shelve_listing(listing: Listing) -> None:
    """Put the listing on its shelf, if it may trade."""
    if listing.seat.trades and listing.stock.facts.active:
        key = (listing.ask << ARRIVAL_BITS) | listing.arrival
        aisle = listing.aisle
        aisle.bays.put(listing.first, listing.end, key, listing)
        if aisle.split:
            listing.kind.bays.put(listing.first, listing.end, key, listing)
        listing.shelved = True


def unshelve_listing(listing: Listing) -> None:
    """Take the listing off its shelf, if it stands on one."""
    if listing.shelved:
        key = (listing.ask << ARRIVAL_BITS) | listing.arrival
        aisle = listing.aisle
        aisle.bays.drop(listing.first, listing.end, key)
        if aisle.split:
            listing.kind.bays.drop(listing.first, listing.end, key)
        listing.shelved = False


def shelve_order(state: State, order: Order) -> None:
    """Put the order in its queue, if it may trade in the continuous market."""
    if order.seat.trades and order.tif != AUCTION:
        demand = order.demand
        devices = order.unit == DEVICES
        queue = (demand.devices if devices else demand.gflops) or _queue(
            state, demand, devices=devices
        )
        key = (CEILING - order.limit << ARRIVAL_BITS) | order.arrival
        queue.rack.put(order.first, order.last, key, order)
        queue.count += 1
        order.shelved = True


def unshelve_order(order: Order) -> None:
    """Take the order out of its queue, if it stands in one."""
    if order.shelved:
        demand = order.demand
        queue = demand.devices if order.unit == DEVICES else demand.gflops
        assert queue is not None
        key = (CEILING - order.limit << ARRIVAL_BITS) | order.arrival
        queue.rack.drop(order.first, order.last, key)
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
    seat.orders[order.id] = order
    seat.held += order.left
    await_gate(state, order)
    if order.expires is not None:
        heappush(state.expiries, (order.expires, order.id))
    shelve_order(state, order)


def leave_order(state: State, order: Order) -> None:
    """Take a resting order out of the book."""
    del state.orders[order.id]
    order.resting = False
    seat = order.seat
    del seat.orders[order.id]
    seat.held -= order.left
    forget_gate(state, order)
    unshelve_order(order)


def await_gate(state: State, order: Order) -> None:
    """Remember the order for the hour whose gate ends it."""
    gate = order.gate
    waiting = state.order_gates.get(gate)
    if waiting is None:
        state.order_gates[gate] = {order.id: order}
    else:
        waiting[order.id] = order


def forget_gate(state: State, order: Order) -> None:
    """Forget what `await_gate` remembers."""
    waiting = state.order_gates[order.gate]
    del waiting[order.id]
    if not waiting:
        del state.order_gates[order.gate]


def rest_listing(state: State, listing: Listing) -> None:
    """Let the listing wait in the book until it is sold or due."""
    number = listing.id
    state.listings[number] = listing
    listing.resting = True
    listing.seat.listings[number] = listing
    listing.stock.listings[number] = listing
    waiting = state.listing_gates.get(listing.end)
    if waiting is None:
        state.listing_gates[listing.end] = {number: listing}
    else:
        waiting[number] = listing
    shelve_listing(listing)


def leave_listing(state: State, listing: Listing) -> None:
    """Take a resting listing out of the book."""
    number = listing.id
    del state.listings[number]
    listing.resting = False
    del listing.seat.listings[number]
    del listing.stock.listings[number]
    waiting = state.listing_gates[listing.end]
    del waiting[number]
    if not waiting:
        del state.listing_gates[listing.end]
    unshelve_listing(listing)


def reshelve_member(state: State, seat: Seat) -> None:
    """Take what the member has open off the shelves, or put it back, as it may trade now."""
    for order in seat.orders.values():
        unshelve_order(order)
        shelve_order(state, order)
    for listing in seat.listings.values():
        unshelve_listing(listing)
        shelve_listing(listing)


def reshelve_pool(state: State, stock: Stock) -> None:
    """Let the pool's listings stand where its facts put them now."""
    for listing in stock.listings.values():
        unshelve_listing(listing)
        listing.kind = kind_of(state, stock, listing.kind.firmness)
        listing.aisle = listing.kind.aisle
        shelve_listing(listing)


def kind_of(state: State, stock: Stock, firmness: str) -> Kind:
    """Return the kind of the pool's listings with that firmness."""
    kind = stock.kinds.get(firmness)
    if kind is None:
        kind = stock.kinds[firmness] = state.kind(stock.facts, firmness)
    return kind
