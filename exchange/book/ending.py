"""Orders and listings end: cancelled, withdrawn, or due by the clock."""

from heapq import heappop
from typing import Final

from exchange.book.commands import Cancel, CancelAll, Clock, Withdraw
from exchange.book.events import Happened, Rejected
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.book.trading import CANCELLED, EXPIRED, WITHDRAWN, end_listing, end_order

# The member number of the exchange itself.
EXCHANGE: Final = 0
EXPIRY: Final = "EXPIRY"
GATE_CLOSED: Final = "GATE_CLOSED"


def tell_clock(state: State, said: Clock) -> list[Happened]:
    """Move market time forward, and end what nothing can fill any more."""
    if said.second != state.second:
        state.second = said.second
        state.seconds += 1
        state.messages.clear()
    if said.now_s > state.now:
        state.now = said.now_s
    closed = range(state.first_open, said.first_open)
    if closed:
        state.first_open = said.first_open
    happened: list[Happened] = []
    for order in _due_orders(state, closed):
        expired = order.expires is not None and order.expires <= state.now
        end_order(state, happened, order, EXPIRED, EXPIRY if expired else GATE_CLOSED)
    for listing in _due_listings(state, closed):
        end_listing(state, happened, listing, EXPIRED, GATE_CLOSED)
    return happened


def _due_orders(state: State, closed: range) -> list[Order]:
    due: dict[int, Order] = {}
    expiries = state.expiries
    while expiries and expiries[0][0] <= state.now:
        instant, number = heappop(expiries)
        order = state.orders.get(number)
        if order is not None and order.expires == instant:
            due[number] = order
    if closed:
        # Once an hour everything is looked at: it costs each order less than to be kept by hour.
        begin, end = closed.start, closed.stop
        due.update({row.id: row for row in state.orders.values() if begin <= row.gate < end})
    return sorted(due.values(), key=lambda order: order.arrival)


def _due_listings(state: State, closed: range) -> list[Listing]:
    """Return the listings whose last hour has closed: it ends at the first open one or before."""
    if not closed:
        return []
    begin, end = closed.start, closed.stop
    due = [row for row in state.listings.values() if begin < row.end <= end]
    return sorted(due, key=lambda listing: listing.arrival)


def cancel(state: State, said: Cancel) -> list[Happened]:
    """End the member's own order; refuse one that has ended, or is not the member's."""
    found = own_order(state, said.order, said.member)
    if isinstance(found, Rejected):
        return [found]
    happened: list[Happened] = []
    end_order(state, happened, found, CANCELLED, said.reason)
    return happened


def own_order(state: State, number: int, member: int) -> Order | Rejected:
    """Return the member's open order, or why there is none."""
    order = state.orders.get(number)
    if order is not None and order.seat.number == member:
        return order
    past = state.ended_orders.get(number)
    if past is not None and past.member == member:
        return Rejected(code="E-STATE-01", field="order", facts={"state": past.state})
    return Rejected(code="E-NOT-FOUND", field="order")


def withdraw(state: State, said: Withdraw) -> list[Happened]:
    """End the member's own listing, or with member 0 any; refuse one that has ended."""
    found = own_listing(state, said.listing, said.member, any_of=EXCHANGE)
    if isinstance(found, Rejected):
        return [found]
    happened: list[Happened] = []
    end_listing(state, happened, found, WITHDRAWN, said.reason)
    return happened


def own_listing(
    state: State, number: int, member: int, *, any_of: int | None
) -> Listing | Rejected:
    """Return the member's open listing, or why there is none; for member `any_of` any."""
    listing = state.listings.get(number)
    if listing is not None and member in (any_of, listing.seat.number):
        return listing
    past = state.ended_listings.get(number)
    if past is not None and member in (any_of, past.member):
        return Rejected(code="E-STATE-01", field="listing", facts={"state": past.state})
    return Rejected(code="E-NOT-FOUND", field="listing")


def cancel_all(state: State, said: CancelAll) -> list[Happened]:
    """End all that the member has open: orders, then listings, each by arrival."""
    seat = state.seats.get(said.member)
    if seat is None or not seat.known:
        return [Rejected(code="E-NOT-FOUND", field="member")]
    happened: list[Happened] = []
    for order in sorted(seat.orders, key=lambda order: order.arrival):
        end_order(state, happened, order, CANCELLED, said.reason)
    for listing in sorted(seat.listings, key=lambda listing: listing.arrival):
        end_listing(state, happened, listing, WITHDRAWN, said.reason)
    return happened
