"""What a fill changes, and how an order or a listing ends."""

from typing import Final

from exchange.book.events import BUY, SELL, Ended, Happened, Reduced, Traded
from exchange.book.landing import take_link
from exchange.book.rows import Listing, Order
from exchange.book.standing import leave_listing, leave_order
from exchange.book.state import State
from exchange.price import hold_micros, net_of
from exchange.units import BP

FILLED: Final = "FILLED"
CANCELLED: Final = "CANCELLED"
EXPIRED: Final = "EXPIRED"
SOLD: Final = "SOLD"
WITHDRAWN: Final = "WITHDRAWN"
SELF_TRADE: Final = "SELF_TRADE"

# Devices, first hour, price, and what the order is credited with.
Deal = tuple[int, int, int, int]


def trade(
    state: State,
    happened: list[Happened],
    order: Order,
    listing: Listing,
    deal: Deal,
    arrival: int,
) -> None:
    """Sell the rectangle; from now on the order keeps to its start, and to that hour's gate."""
    devices, start, price, credited = deal
    hours = order.hours
    value = price * devices * hours
    gross = -(-value * (BP + order.vat) // BP) if order.vat else value
    state.number += 1
    happened.append(
        Traded(
            number=state.number,
            arrival=arrival,
            order=order.id,
            listing=listing.id,
            pool=listing.stock.pool,
            devices=devices,
            first_hour=start,
            hours=hours,
            price_micros=price,
            credited=credited,
            gflops_per_device=listing.aisle.rated(order.demand.workload),
            value_micros=value,
            gross_micros=gross,
        )
    )
    order.filled += credited
    _pay(order, value, gross)
    if order.demand.linked:
        _pay(order, *take_link(state, happened, order, listing, start))
    if order.fixed is None:
        order.fixed = start
    listing.take(devices, start, hours)
    if not listing.rest:
        end_listing(state, happened, listing, SOLD)


def _pay(order: Order, value: int, gross: int) -> None:
    """Take a trade out of the order's hold; a resting order's member holds that much less."""
    order.spent += gross
    order.left -= gross
    # Exact: prices are whole ticks, so a value with VAT is never rounded.
    order.purse -= value
    if order.resting:
        order.seat.held -= gross


def _not_needed(order: Order) -> int:
    """Return how much more the order's hold has left than what remains of it may cost."""
    still = hold_micros(
        unit=order.unit,
        amount=order.amount - order.filled,
        hours=order.hours,
        limit_micros=order.limit,
        vat_bp=order.vat,
        budget_micros=order.budget,
    )
    return max(0, order.left - still)


def reduce(
    state: State,
    happened: list[Happened],
    order: Order,
    listing: Listing,
    *,
    devices: int,
    start: int,
    credited: int,
) -> None:
    """Let two sides of one owner give up what they would have traded."""
    order.amount -= credited
    released = _not_needed(order)
    state.number += 1
    happened.append(
        Reduced(
            number=state.number,
            order=order.id,
            listing=listing.id,
            devices=devices,
            first_hour=start,
            hours=order.hours,
            credited=credited,
            released_micros=released,
        )
    )
    order.left -= released
    order.purse = net_of(order.left, order.vat)
    if order.resting:
        order.seat.held -= released
    order.seat.available += released
    listing.take(devices, start, order.hours)
    listing.stock.take(start, order.hours, -devices)
    if not listing.rest:
        end_listing(state, happened, listing, WITHDRAWN, SELF_TRADE)


def finish_order(state: State, happened: list[Happened], order: Order) -> None:
    """End an order of whose amount nothing is left."""
    if order.filled:
        end_order(state, happened, order, FILLED)
    else:
        end_order(state, happened, order, CANCELLED, SELF_TRADE)


def end_order(
    state: State, happened: list[Happened], order: Order, ending: str, reason: str = ""
) -> None:
    """End the order and release what remains of its hold."""
    seat = order.seat
    if order.resting:
        leave_order(state, order)
    state.ended_orders[order.id] = seat.ended(ending)
    seat.available += order.left
    state.number += 1
    happened.append(
        Ended(
            number=state.number,
            side=BUY,
            id=order.id,
            state=ending,
            reason=reason,
            released_micros=order.left,
        )
    )


def end_listing(
    state: State, happened: list[Happened], listing: Listing, ending: str, reason: str = ""
) -> None:
    """End the listing and give back the devices that are free."""
    if listing.resting:
        leave_listing(state, listing)
    if listing.rest:
        stock = listing.stock
        if listing.free is None:
            stock.take(listing.first, listing.hours, -listing.level)
        else:
            for hour, free in enumerate(listing.free, listing.first):
                stock.take(hour, 1, -free)
        listing.rest = 0
    state.ended_listings[listing.id] = listing.seat.ended(ending)
    state.number += 1
    happened.append(
        Ended(number=state.number, side=SELL, id=listing.id, state=ending, reason=reason)
    )
