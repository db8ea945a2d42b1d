"""A listing is changed; its place in time is kept only when it offers less."""

from exchange.book.changing import count_change
from exchange.book.checks import off_tick
from exchange.book.commands import Reprice
from exchange.book.ending import own_listing
from exchange.book.events import SELL, Happened, Rejected, Replaced
from exchange.book.queues import Step
from exchange.book.rows import Listing
from exchange.book.selling import carry_out, check_capacity, check_seller, check_value, meet
from exchange.book.standing import leave_listing
from exchange.book.state import State
from exchange.book.trading import SOLD, end_listing


def reprice(state: State, said: Reprice) -> list[Happened]:
    """Change the listing's devices or ask, or refuse and leave it."""
    refused = count_change(state, said.member)
    if refused is not None:
        return [refused]
    listing = own_listing(state, said.listing, said.member, any_of=None)
    if isinstance(listing, Rejected):
        return [listing]
    refused = _check_reprice(state, said, listing)
    if refused is not None:
        return [refused]
    changed = _repriced(state, said, listing)
    refused = _check_place(state, listing, changed)
    if refused is not None:
        return [refused]
    keeps = changed.ask == listing.ask and changed.devices <= listing.devices
    return _reprice(state, listing, changed, keeps=keeps)


def _check_reprice(state: State, said: Reprice, listing: Listing) -> Rejected | None:
    if said.version != listing.version:
        return Rejected(code="E-VERSION-01", field="version", facts={"version": listing.version})
    if said.devices is None and said.ask_micros is None:
        return Rejected(code="E-CONFLICT-01", field="devices")
    refused = check_seller(state, listing.seat, listing.stock)
    if refused is not None:
        return refused
    refused = off_tick("ask_micros", said.ask_micros)
    if refused is not None or said.devices is None:
        return refused
    sold = listing.devices - min(listing.frees()[_closed(state, listing) :])
    lowest = max(sold, listing.min_devices)
    if said.devices < lowest:
        return Rejected(code="E-RANGE-01", field="devices", facts={"lowest": lowest})
    return None


def _closed(state: State, listing: Listing) -> int:
    """Return how many of the listing's hours trade no more."""
    return max(0, state.first_open - listing.first)


def _repriced(state: State, said: Reprice, listing: Listing) -> Listing:
    """Return the listing as it would stand."""
    changed = listing.twin()
    changed.version = listing.version + 1
    changed.ask = said.ask_micros or listing.ask
    changed.devices = said.devices or listing.devices
    change = changed.devices - listing.devices
    closed = _closed(state, listing)
    if not closed and listing.free is None:
        changed.level = changed.most = listing.level + change
    else:
        frees = listing.frees()
        changed.free = frees[:closed] + [free + change for free in frees[closed:]]
        changed.most = max(changed.free)
    changed.rest = listing.rest + change * (listing.hours - closed)
    return changed


def _check_place(state: State, listing: Listing, changed: Listing) -> Rejected | None:
    refused = check_value(changed)
    more = changed.devices - listing.devices
    if refused is not None or more <= 0:
        return refused
    closed = _closed(state, listing)
    return check_capacity(listing.stock, listing.first + closed, listing.hours - closed, more)


def _reprice(state: State, listing: Listing, changed: Listing, *, keeps: bool) -> list[Happened]:
    steps: list[Step] = []
    met_itself = False
    if not keeps:
        steps, met_itself, refused = meet(state, changed)
        if refused is not None:
            return [refused]
    closed = _closed(state, listing)
    more = changed.devices - listing.devices
    changed.stock.take(changed.first + closed, changed.hours - closed, more)
    leave_listing(state, listing)
    state.number += 1
    if not keeps:
        changed.arrival = state.number
    happened: list[Happened] = [
        Replaced(
            number=state.number,
            side=SELL,
            id=changed.id,
            version=changed.version,
            arrival=changed.arrival,
        )
    ]
    if not changed.rest:
        end_listing(state, happened, changed, SOLD)
    else:
        carry_out(state, happened, changed, steps, met_itself=met_itself)
    return happened
