"""A listing arrives: checked, its devices taken from the pool, sold to who waits, and listed."""

from typing import Final

from msgspec.structs import astuple

from exchange.book.checks import (
    check_halts,
    check_messages,
    check_sell_form,
    check_size,
    check_standing,
    halted,
    too_many,
)
from exchange.book.collar import check_sell_band, check_sold
from exchange.book.commands import Sell
from exchange.book.events import SELL, Accepted, Happened, Rejected
from exchange.book.meeting import GO, Meeting
from exchange.book.queues import TRADE, Step, lines_for, plain_steps
from exchange.book.rows import Listing
from exchange.book.seats import SELLER, Seat
from exchange.book.standing import kind_of, rest_listing
from exchange.book.state import State
from exchange.book.stock import Stock
from exchange.book.trading import (
    CANCELLED,
    FILLED,
    SELF_TRADE,
    WITHDRAWN,
    end_listing,
    end_order,
    finish_order,
    reduce,
    trade,
)

FAT_FINGER: Final = ("ask_micros", "devices")
NO_POOL: Final = Rejected(code="E-POOL-01", field="pool")


def sell(state: State, said: Sell) -> list[Happened]:
    """Accept the listing and let it meet what waits for it, or refuse it."""
    figures = astuple(said)  # field by field would cost more than all the checks
    number: int = figures[0]
    member: int = figures[1]
    seat = state.seats.get(member)
    count = state.count(member, seat)
    stock = state.stocks.get(figures[2])
    if (
        seat is None
        or stock is None
        or too_many(seat.most, count)
        or number in state.listings
        or number in state.ended_listings
        or not _welcome(state, seat, stock)
    ):
        return [_turned_away(state, number, seat, stock, count)]
    listing = Listing(figures, seat, stock)
    firmness: str = figures[9]
    refused = check_sell_form(state, listing, firmness)
    if refused is None and (seat.most is not None or stock.chip.price is not None):
        refused = check_value(listing)
    if refused is None and stock.bound + listing.devices > stock.devices:
        refused = check_capacity(stock, listing.first, listing.hours, listing.devices)
    if refused is not None:
        return [refused]
    listing.be(kind_of(state, stock, firmness))
    steps, met_itself, refused = meet(state, listing)
    if refused is not None:
        return [refused]
    stock.take(listing.first, listing.hours, listing.devices)
    state.number += 1
    listing.arrival = state.number
    happened: list[Happened] = [
        Accepted(number=listing.arrival, side=SELL, id=number, member=member)
    ]
    carry_out(state, happened, listing, steps, met_itself=met_itself)
    return happened


def _welcome(state: State, seat: Seat, stock: Stock) -> bool:
    """Tell whether nothing keeps the member from selling from the pool."""
    return (
        seat.sells
        and state.market_halt is None
        and stock.chip.halt is None
        and stock.active
        and stock.seller == seat.number
    )


def _turned_away(
    state: State, number: int, seat: Seat | None, stock: Stock | None, count: int
) -> Rejected:
    refused = check_messages(state, seat, count)
    if refused is not None:
        return refused
    if number in state.listings or number in state.ended_listings:
        return Rejected(code="E-IDEM-01", field="listing")
    return check_seller(state, seat, stock) or NO_POOL


def check_seller(state: State, seat: Seat | None, stock: Stock | None) -> Rejected | None:
    """Refuse who may not sell from the pool, or may not now."""
    refused = check_standing(seat, SELLER)
    if refused is not None or seat is None:
        return refused
    if stock is None or not stock.active or stock.seller != seat.number:
        return NO_POOL
    refused = check_halts(state, seat)
    if refused is None and stock.chip.halt is not None:
        return halted("CHIP", stock.chip.halt)
    return refused


def check_value(listing: Listing) -> Rejected | None:
    """Refuse what is too large for one listing, or below the static band."""
    return check_size(
        listing.seat.most,
        micros=listing.ask * listing.devices * listing.hours,
        devices=listing.devices,
        fields=FAT_FINGER,
    ) or check_sell_band(listing.stock.chip, listing.ask)


def check_capacity(stock: Stock, first: int, hours: int, devices: int) -> Rejected | None:
    """Refuse devices that the pool has not free in every hour."""
    short = stock.short_of(first, hours, devices)
    if short is None:
        return None
    hour, free = short
    return Rejected(code="E-CAP-01", field="devices", facts={"free": free, "hour": hour})


def meet(state: State, listing: Listing) -> tuple[list[Step], bool, Rejected | None]:
    """Work out what the listing sells, whether it meets its own, or why it is refused.

    Refused is a price too far below the reference.
    """
    lines = lines_for(state, listing)
    if not lines:
        return [], False, None
    met = plain_steps(state, listing, lines)
    steps, met_itself = Meeting(state, listing, lines).run() if met is None else met
    chip = listing.stock.chip
    if chip.price is not None:
        for what, _, _, _, price, _ in steps:
            refused = check_sold(chip, price) if what == TRADE else None
            if refused is not None:
                return steps, met_itself, refused
    return steps, met_itself, None


def carry_out(
    state: State,
    happened: list[Happened],
    listing: Listing,
    steps: list[Step],
    *,
    met_itself: bool,
) -> None:
    """Let the accepted listing trade as worked out; what is left rests, or goes."""
    arrival = listing.arrival
    for what, order, devices, start, price, credited in steps:
        if what == TRADE:
            trade(state, happened, order, listing, (devices, start, price, credited), arrival)
            if order.filled == order.amount:
                end_order(state, happened, order, FILLED)
        elif what == GO:
            end_order(state, happened, order, CANCELLED, SELF_TRADE)
        else:
            reduce(state, happened, order, listing, devices=devices, start=start, credited=credited)
            if order.filled == order.amount:
                finish_order(state, happened, order)
    if listing.rest and met_itself:
        end_listing(state, happened, listing, WITHDRAWN, SELF_TRADE)
    elif listing.rest:
        rest_listing(state, listing)
