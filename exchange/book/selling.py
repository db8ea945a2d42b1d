"""A listing arrives: checked, its devices taken from the pool, sold to who waits, and listed."""

from exchange.book.checks import (
    check_halts,
    check_messages,
    check_sell_form,
    check_sell_times,
    check_size,
    check_standing,
    halted,
    limit_of,
)
from exchange.book.collar import check_sell_band, check_sold
from exchange.book.commands import Sell
from exchange.book.demand import FIRMNESS
from exchange.book.events import SELL, Accepted, Happened, Rejected
from exchange.book.meeting import GO, TRADE, Meeting
from exchange.book.rows import SELLER, Listing, Seat
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

FAT_FINGER = ("ask_micros", "devices")


def sell(state: State, said: Sell) -> list[Happened]:
    """Accept the listing and let it meet what waits for it, or refuse it."""
    refused = check_messages(state, said.member)
    if refused is not None:
        return [refused]
    if said.listing in state.listings or said.listing in state.ended_listings:
        return [Rejected(code="E-IDEM-01", field="listing")]
    seat = state.seats.get(said.member)
    stock = state.stocks.get(said.pool)
    refused = check_seller(state, seat, stock)
    if refused is not None or seat is None or stock is None:
        return [refused or Rejected(code="E-POOL-01", field="pool")]
    refused = (
        check_sell_form(said, FIRMNESS)
        or check_sell_times(state, said)
        or _check_place(state, said, seat, stock)
    )
    if refused is not None:
        return [refused]
    listing = Listing(said, seat, stock, kind_of(state, stock, said.firmness))
    meeting = meet(state, listing)
    if isinstance(meeting, Rejected):
        return [meeting]
    stock.take(listing.first, listing.hours, listing.devices)
    state.number += 1
    listing.arrival = state.number
    happened: list[Happened] = [
        Accepted(number=state.number, side=SELL, id=listing.id, member=seat.number)
    ]
    carry_out(state, happened, listing, meeting)
    return happened


def check_seller(state: State, seat: Seat | None, stock: Stock | None) -> Rejected | None:
    """Refuse who may not sell from the pool, or may not now."""
    refused = check_standing(seat, SELLER)
    if refused is not None or seat is None:
        return refused
    if stock is None or not stock.facts.active or stock.facts.seller != seat.number:
        return Rejected(code="E-POOL-01", field="pool")
    refused = check_halts(state, seat)
    if refused is None and stock.chip.halt is not None:
        return halted("CHIP", stock.chip.halt)
    return refused


def _check_place(state: State, said: Sell, seat: Seat, stock: Stock) -> Rejected | None:
    refused = check_size(
        limit_of(state, seat),
        micros=said.ask_micros * said.devices * said.hours,
        devices=said.devices,
        fields=FAT_FINGER,
    ) or check_sell_band(stock.chip, said.ask_micros)
    if refused is not None:
        return refused
    return check_capacity(stock, said.first_hour, said.hours, said.devices)


def check_capacity(stock: Stock, first: int, hours: int, devices: int) -> Rejected | None:
    """Refuse devices that the pool has not free in every hour."""
    short = stock.short_of(first, hours, devices)
    if short is None:
        return None
    hour, free = short
    return Rejected(code="E-CAP-01", field="devices", facts={"free": free, "hour": hour})


def meet(state: State, listing: Listing) -> Meeting | Rejected:
    """Work out what the listing sells; refuse a price too far below the reference."""
    meeting = Meeting(state, listing)
    meeting.run()
    for step in meeting.steps:
        if step.what == TRADE:
            refused = check_sold(listing.stock.chip, step.price)
            if refused is not None:
                return refused
    return meeting


def carry_out(state: State, happened: list[Happened], listing: Listing, meeting: Meeting) -> None:
    """Let the accepted listing trade as worked out; what is left rests, or goes."""
    arrival = listing.arrival
    for what, order, devices, start, price, credited in meeting.steps:
        if what == TRADE:
            trade(
                state,
                happened,
                order,
                listing,
                devices=devices,
                start=start,
                price=price,
                credited=credited,
                arrival=arrival,
            )
            if order.filled == order.amount:
                end_order(state, happened, order, FILLED)
        elif what == GO:
            end_order(state, happened, order, CANCELLED, SELF_TRADE)
        else:
            reduce(state, happened, order, listing, devices=devices, start=start, credited=credited)
            if order.filled == order.amount:
                finish_order(state, happened, order)
    if not listing.rest:
        return
    if meeting.met:
        end_listing(state, happened, listing, WITHDRAWN, SELF_TRADE)
    else:
        rest_listing(state, listing)
