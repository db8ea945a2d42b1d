"""An order arrives: checked, matched with what is listed, held, and kept where it may wait."""

from typing import Final

from msgspec.structs import astuple

from exchange.book.checks import (
    CANCEL_NEWEST,
    CANCEL_OLDEST,
    check_buy_form,
    check_funds,
    check_halts,
    check_link_form,
    check_messages,
    check_position,
    check_size,
    check_standing,
    too_many,
)
from exchange.book.collar import check_buy_band, outside
from exchange.book.commands import Buy
from exchange.book.events import BUY, Accepted, Happened, Rejected
from exchange.book.landing import pick_linked
from exchange.book.lots import pick_lots
from exchange.book.picking import Fill, Picked, collar_binds, pick_whole
from exchange.book.rows import Order
from exchange.book.seats import BUYER, Seat
from exchange.book.standing import AUCTION, rest_order
from exchange.book.state import State
from exchange.book.trading import (
    CANCELLED,
    SELF_TRADE,
    WITHDRAWN,
    end_listing,
    end_order,
    finish_order,
    reduce,
    trade,
)
from exchange.price import DEVICES, hold_micros

AT_ONCE: Final = frozenset({"IOC", "FOK"})
FAT_FINGER: Final = ("limit_micros", "amount")
NOBODY: Final = Rejected(code="E-NOT-FOUND", field="member")


def buy(state: State, said: Buy) -> list[Happened]:
    """Accept the order and let it take what serves it best, or refuse it."""
    figures = astuple(said)  # field by field would cost more than all the checks
    number: int = figures[0]
    member: int = figures[1]
    seat = state.seats.get(member)
    count = state.count(member, seat)
    if (
        seat is None
        or not seat.buys
        or state.market_halt is not None
        or too_many(seat.most, count)
        or number in state.orders
        or number in state.ended_orders
    ):
        return [_turned_away(state, number, seat, count)]
    order = Order(figures, seat, state.demand(figures[10], figures[11], figures[12]))
    refused = check_buy_form(state, order)
    if refused is None and order.demand.linked:
        refused = check_link_form(order)
    if refused is not None:
        return [refused]
    hold = hold_for(order)
    order.hold(hold)
    if state.priced or seat.most is not None or hold > seat.available:
        refused = _check_money(state, order, hold)
        if refused is not None:
            return [refused]
    fills, met, refused = pick(state, order)
    if refused is not None:
        return [refused]
    state.number += 1
    order.arrival = state.number
    seat.available -= hold
    happened: list[Happened] = [
        Accepted(number=order.arrival, side=BUY, id=number, member=member, held_micros=hold)
    ]
    take(state, happened, order, fills, met=met)
    return happened


def hold_for(order: Order) -> int:
    """Return the hold for the whole of an order as it stands."""
    return hold_micros(
        unit=order.unit,
        amount=order.amount,
        hours=order.hours,
        limit_micros=order.limit,
        vat_bp=order.vat,
        budget_micros=order.budget,
    )


def _turned_away(state: State, number: int, seat: Seat | None, count: int) -> Rejected:
    refused = check_messages(state, seat, count)
    if refused is not None:
        return refused
    if number in state.orders or number in state.ended_orders:
        return Rejected(code="E-IDEM-01", field="order")
    return check_buyer(state, seat) or NOBODY


def check_buyer(state: State, seat: Seat | None) -> Rejected | None:
    """Refuse who may not buy, or may not now."""
    refused = check_standing(seat, BUYER)
    return refused if refused is not None or seat is None else check_halts(state, seat)


def _check_money(state: State, order: Order, hold: int) -> Rejected | None:
    seat = order.seat
    return (
        check_order_size(state, order, hold)
        or check_funds(seat, hold)
        or check_position(seat.most, seat.held + hold)
    )


def check_order_size(state: State, order: Order, hold: int) -> Rejected | None:
    """Refuse what is too large for one order, or beyond the static band."""
    devices = order.amount if order.unit == DEVICES else 0
    return check_size(
        order.seat.most, micros=hold, devices=devices, fields=FAT_FINGER
    ) or check_buy_band(state, order.demand, order.unit, order.limit)


def pick(state: State, order: Order) -> tuple[list[Fill], bool, Rejected | None]:
    """Match the order; refuse it when only listings beyond the collar could serve it."""
    if order.tif == AUCTION:
        return [], False, None
    blind = order.mode != CANCEL_NEWEST
    fills, met = _matched(state, order, collared=True, blind=blind)
    if not state.priced or fills or met or not collar_binds(state, order):
        return fills, met, None
    for listing, _, _, _ in _matched(state, order, collared=False, blind=blind)[0]:
        chip = listing.aisle.chip
        if chip.bound is not None and listing.ask > chip.bound:
            refused = outside("limit_micros", listing.ask, chip.bound, chip.code)
            return fills, met, refused
    return fills, met, None


def _matched(state: State, order: Order, *, collared: bool, blind: bool) -> Picked:
    if order.splittable:
        return pick_lots(state, order, collared=collared, blind=blind)
    if order.demand.linked:
        return pick_linked(state, order, collared=collared, blind=blind)
    return pick_whole(state, order, collared=collared, blind=blind)


def take(
    state: State, happened: list[Happened], order: Order, fills: list[Fill], *, met: bool
) -> None:
    """Let the accepted order trade as picked; end it, or let it rest."""
    while fills and _walk(state, happened, order, fills) and order.filled < order.amount:
        fills, met = _matched(state, order, collared=True, blind=True)
    if order.filled == order.amount:
        finish_order(state, happened, order)
    elif met:
        end_order(state, happened, order, CANCELLED, SELF_TRADE)
    elif order.tif in AT_ONCE:
        end_order(state, happened, order, CANCELLED, order.tif)
    else:
        rest_order(state, order)


def _walk(state: State, happened: list[Happened], order: Order, fills: list[Fill]) -> bool:
    """Trade as picked; tell whether to match again, for something of its own was in the way."""
    owner = order.seat.owner
    if order.tif == "FOK" and order.mode == CANCEL_OLDEST:
        # All or nothing: what is its own goes before anything trades.
        fills = next(([fill] for fill in fills if fill[0].seat.owner == owner), fills)
    for listing, devices, start, credited in fills:
        if listing.seat.owner != owner:
            deal = (devices, start, listing.ask, credited)
            trade(state, happened, order, listing, deal, order.arrival)
        elif order.mode == CANCEL_OLDEST:
            end_listing(state, happened, listing, WITHDRAWN, SELF_TRADE)
            return True
        else:
            reduce(state, happened, order, listing, devices=devices, start=start, credited=credited)
            if order.tif != "FOK":
                return True
    return False
