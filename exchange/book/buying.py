"""An order arrives: checked, matched with what is listed, held, and kept where it may wait."""

from exchange.book.checks import (
    CANCEL_NEWEST,
    CANCEL_OLDEST,
    check_buy_form,
    check_funds,
    check_halts,
    check_messages,
    check_position,
    check_size,
    check_standing,
)
from exchange.book.collar import check_buy_band, outside
from exchange.book.commands import Buy
from exchange.book.events import BUY, Accepted, Happened, Rejected
from exchange.book.lots import pick_lots
from exchange.book.picking import Fill, Picked, collar_binds, pick_whole
from exchange.book.rows import BUYER, Order, Seat
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

AT_ONCE = frozenset({"IOC", "FOK"})
FAT_FINGER = ("limit_micros", "amount")
NOBODY = Rejected(code="E-NOT-FOUND", field="member")


def buy(state: State, said: Buy) -> list[Happened]:
    """Accept the order and let it take what serves it best, or refuse it."""
    member = said.member
    count = state.messages[member] = state.messages.get(member, 0) + 1
    seat = state.seats.get(member)
    if (
        seat is None
        or not seat.buys
        or seat.most is not None
        or state.market_halt is not None
        or said.order in state.orders
        or said.order in state.ended_orders
    ):
        refused = _turned_away(state, said, seat, count)
        if refused is not None or seat is None:
            return [refused or NOBODY]
    kind = (said.requires, said.city, said.workload_class)
    demand = state.demands.get(kind) or state.demand(*kind)
    refused = check_buy_form(state, said, words_known=demand.words_known)
    if refused is not None:
        return [refused]
    hold = _hold_for(said)
    order = Order(said, seat, demand, hold)
    if state.priced or seat.most is not None or hold > seat.available:
        refused = _check_money(state, order, hold)
        if refused is not None:
            return [refused]
    picked = pick(state, order)
    if isinstance(picked, Rejected):
        return [picked]
    number = order.arrival = state.number = state.number + 1
    seat.available -= hold
    happened: list[Happened] = [
        Accepted(number=number, side=BUY, id=order.id, member=member, held_micros=hold)
    ]
    take(state, happened, order, picked)
    return happened


def _hold_for(said: Buy) -> int:
    return hold_micros(
        unit=said.unit,
        amount=said.amount,
        hours=said.hours,
        limit_micros=said.limit_micros,
        vat_bp=said.vat_bp,
        budget_micros=said.budget_micros,
    )


def _turned_away(state: State, said: Buy, seat: Seat | None, count: int) -> Rejected | None:
    refused = check_messages(state, seat, count)
    if refused is not None:
        return refused
    if said.order in state.orders or said.order in state.ended_orders:
        return Rejected(code="E-IDEM-01", field="order")
    return check_buyer(state, seat)


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


def pick(state: State, order: Order) -> Picked | Rejected:
    """Match the order; refuse it when only listings beyond the collar could serve it."""
    if order.tif == AUCTION:
        return [], False
    matched = pick_lots if order.splittable else pick_whole
    blind = order.mode != CANCEL_NEWEST
    picked = matched(state, order, collared=True, blind=blind)
    if not state.priced or picked[0] or picked[1] or not collar_binds(state, order):
        return picked
    for listing, _, _, _ in matched(state, order, collared=False, blind=blind)[0]:
        chip = listing.aisle.chip
        if chip.bound is not None and listing.ask > chip.bound:
            return outside("limit_micros", listing.ask, chip.bound, chip.code)
    return picked


def take(state: State, happened: list[Happened], order: Order, picked: Picked) -> None:
    """Let the accepted order trade as picked; end it, or let it rest."""
    fills, met = picked
    while fills and _walk(state, happened, order, fills) and order.filled < order.amount:
        matched = pick_lots if order.splittable else pick_whole
        fills, met = matched(state, order, collared=True, blind=True)
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
