"""A listing arrives: checked, its devices taken from the pool, sold to who waits, and listed."""

from exchange.book.checks import (
    check_halts,
    check_messages,
    check_sell_form,
    check_size,
    check_standing,
    halted,
)
from exchange.book.collar import check_sell_band, check_sold
from exchange.book.commands import Sell
from exchange.book.events import SELL, Accepted, Happened, Rejected
from exchange.book.meeting import GO, Meeting
from exchange.book.queues import TRADE, Step, lines_for, plain_steps
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
# What meeting the orders that wait comes to: the steps, and whether it met its own.
Met = tuple[list[Step], bool]
NOBODY: Met = ([], False)
NO_POOL = Rejected(code="E-POOL-01", field="pool")


def sell(state: State, said: Sell) -> list[Happened]:
    """Accept the listing and let it meet what waits for it, or refuse it."""
    member = said.member
    count = state.messages[member] = state.messages.get(member, 0) + 1
    seat = state.seats.get(member)
    stock = state.stocks.get(said.pool)
    if (
        seat is None
        or stock is None
        or seat.most is not None
        or said.listing in state.listings
        or said.listing in state.ended_listings
        or not _welcome(state, seat, stock)
    ):
        refused = _turned_away(state, said, seat, stock, count)
        if refused is not None or seat is None or stock is None:
            return [refused or NO_POOL]
    refused = check_sell_form(state, said)
    if refused is None and (seat.most is not None or stock.chip.price is not None):
        refused = _check_value(said, seat, stock)
    if refused is None and stock.bound + said.devices > stock.facts.devices:
        refused = check_capacity(stock, said.first_hour, said.hours, said.devices)
    if refused is not None:
        return [refused]
    kind = stock.kinds.get(said.firmness) or kind_of(state, stock, said.firmness)
    listing = Listing(said, seat, stock, kind)
    met = meet(state, listing)
    if isinstance(met, Rejected):
        return [met]
    stock.take(listing.first, listing.hours, listing.devices)
    number = listing.arrival = state.number = state.number + 1
    happened: list[Happened] = [
        Accepted(number=number, side=SELL, id=listing.id, member=seat.number)
    ]
    carry_out(state, happened, listing, met)
    return happened


def _welcome(state: State, seat: Seat, stock: Stock) -> bool:
    """Tell whether nothing keeps the member from selling from the pool."""
    facts = stock.facts
    return (
        seat.sells
        and state.market_halt is None
        and stock.chip.halt is None
        and facts.active
        and facts.seller == seat.number
    )


def _turned_away(
    state: State, said: Sell, seat: Seat | None, stock: Stock | None, count: int
) -> Rejected | None:
    refused = check_messages(state, seat, count)
    if refused is not None:
        return refused
    if said.listing in state.listings or said.listing in state.ended_listings:
        return Rejected(code="E-IDEM-01", field="listing")
    return check_seller(state, seat, stock)


def check_seller(state: State, seat: Seat | None, stock: Stock | None) -> Rejected | None:
    """Refuse who may not sell from the pool, or may not now."""
    refused = check_standing(seat, SELLER)
    if refused is not None or seat is None:
        return refused
    if stock is None or not stock.facts.active or stock.facts.seller != seat.number:
        return NO_POOL
    refused = check_halts(state, seat)
    if refused is None and stock.chip.halt is not None:
        return halted("CHIP", stock.chip.halt)
    return refused


def _check_value(said: Sell, seat: Seat, stock: Stock) -> Rejected | None:
    return check_size(
        seat.most,
        micros=said.ask_micros * said.devices * said.hours,
        devices=said.devices,
        fields=FAT_FINGER,
    ) or check_sell_band(stock.chip, said.ask_micros)


def check_capacity(stock: Stock, first: int, hours: int, devices: int) -> Rejected | None:
    """Refuse devices that the pool has not free in every hour."""
    short = stock.short_of(first, hours, devices)
    if short is None:
        return None
    hour, free = short
    return Rejected(code="E-CAP-01", field="devices", facts={"free": free, "hour": hour})


def meet(state: State, listing: Listing) -> Met | Rejected:
    """Work out what the listing sells; refuse a price too far below the reference."""
    lines = lines_for(state, listing)
    if not lines:
        return NOBODY
    met = plain_steps(state, listing, lines) or Meeting(state, listing, lines).run()
    chip = listing.stock.chip
    if chip.price is not None:
        for what, _, _, _, price, _ in met[0]:
            refused = check_sold(chip, price) if what == TRADE else None
            if refused is not None:
                return refused
    return met


def carry_out(state: State, happened: list[Happened], listing: Listing, met: Met) -> None:
    """Let the accepted listing trade as worked out; what is left rests, or goes."""
    steps, met_itself = met
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
