"""Orders and listings end: cancelled, withdrawn, or due by the clock."""

from collections.abc import Mapping
from heapq import heappop

from exchange.book.commands import Cancel, CancelAll, Clock, Withdraw
from exchange.book.events import Happened, Rejected
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.book.trading import CANCELLED, EXPIRED, WITHDRAWN, end_listing, end_order

# The member number of the exchange itself.
EXCHANGE = 0
EXPIRY, GATE_CLOSED = "EXPIRY", "GATE_CLOSED"


def tell_clock(state: State, said: Clock) -> list[Happened]:
    """Move market time forward, and end what nothing can fill any more."""
    if said.second != state.second:
        state.second = said.second
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


def _passed(gates: Mapping[int, object], closed: range) -> list[int]:
    """Return the gates among the hours just closed, whichever way is shorter."""
    if len(closed) <= len(gates):
        return [hour for hour in closed if hour in gates]
    return [hour for hour in gates if hour in closed]


def _due_orders(state: State, closed: range) -> list[Order]:
    due: dict[int, Order] = {}
    expiries = state.expiries
    while expiries and expiries[0][0] <= state.now:
        instant, number = heappop(expiries)
        order = state.orders.get(number)
        if order is not None and order.expires == instant:
            due[number] = order
    if closed:
        for hour in _passed(state.order_gates, closed):
            due.update(state.order_gates[hour])
    return sorted(due.values(), key=lambda order: order.arrival)


def _due_listings(state: State, closed: range) -> list[Listing]:
    """Return the listings whose last hour has closed: it ends at the first open one or before."""
    if not closed:
        return []
    ended = range(closed.start + 1, closed.stop + 1)
    due = [
        listing
        for hour in _passed(state.listing_gates, ended)
        for listing in state.listing_gates[hour].values()
    ]
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
    owner, ending = state.ended_orders.get(number, (None, ""))
    if owner == member:
        return Rejected(code="E-STATE-01", field="order", facts={"state": ending})
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
    owner, ending = state.ended_listings.get(number, (None, ""))
    if owner is not None and member in (any_of, owner):
        return Rejected(code="E-STATE-01", field="listing", facts={"state": ending})
    return Rejected(code="E-NOT-FOUND", field="listing")


def cancel_all(state: State, said: CancelAll) -> list[Happened]:
    """End all that the member has open: orders, then listings, each by arrival."""
    seat = state.seats.get(said.member)
    if seat is None or not seat.known:
        return [Rejected(code="E-NOT-FOUND", field="member")]
    happened: list[Happened] = []
    for order in sorted(seat.orders.values(), key=lambda order: order.arrival):
        end_order(state, happened, order, CANCELLED, said.reason)
    for listing in sorted(seat.listings.values(), key=lambda listing: listing.arrival):
        end_listing(state, happened, listing, WITHDRAWN, said.reason)
    return happened
