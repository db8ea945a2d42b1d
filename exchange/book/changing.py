"""An order is changed; its place in time is kept only when it asks for less."""

from exchange.book.buying import check_buyer, check_order_size, hold_for, pick, take
from exchange.book.checks import (
    check_funds,
    check_messages,
    check_position,
    off_tick,
)
from exchange.book.commands import Replace
from exchange.book.ending import own_order
from exchange.book.events import BUY, Happened, Rejected, Replaced
from exchange.book.picking import Fill
from exchange.book.rows import Order
from exchange.book.standing import leave_order, rest_order
from exchange.book.state import State


def replace(state: State, said: Replace) -> list[Happened]:
    """Change the order's whole amount, limit, budget or expiry, or refuse and leave it."""
    refused = count_change(state, said.member)
    if refused is not None:
        return [refused]
    order = own_order(state, said.order, said.member)
    if isinstance(order, Rejected):
        return [order]
    refused = _check_replace(state, said, order)
    if refused is not None:
        return [refused]
    changed = _changed(said, order)
    refused = _check_money(state, order, changed)
    if refused is not None:
        return [refused]
    keeps = _asks_less(order, changed)
    fills: list[Fill] = []
    met = False
    if not keeps:
        fills, met, refused = pick(state, changed)
        if refused is not None:
            return [refused]
    happened = _replace(state, order, changed, keeps=keeps)
    if keeps:
        rest_order(state, changed)
    else:
        take(state, happened, changed, fills, met=met)
    return happened


def count_change(state: State, member: int) -> Rejected | None:
    """Count a change as a message; refuse it when there are too many in this second."""
    seat = state.seats.get(member)
    return check_messages(state, seat, state.count(member, seat))


def _check_replace(state: State, said: Replace, order: Order) -> Rejected | None:
    if said.version != order.version:
        return Rejected(code="E-VERSION-01", field="version", facts={"version": order.version})
    wanted = (said.amount, said.limit_micros, said.budget_micros, said.expires_s)
    if wanted == (None, None, None, None):
        return Rejected(code="E-CONFLICT-01", field="amount")
    refused = check_buyer(state, order.seat)
    if refused is not None:
        return refused
    if said.amount is not None and said.amount <= order.filled:
        return Rejected(code="E-RANGE-01", field="amount", facts={"lowest": order.filled + 1})
    refused = off_tick("limit_micros", said.limit_micros)
    if refused is not None or said.expires_s is None:
        return refused
    if order.expires is None or said.expires_s <= state.now:
        return Rejected(code="E-EXPIRY-01", field="expires_s")
    return None


def _changed(said: Replace, order: Order) -> Order:
    """Return the order as it would stand."""
    changed = order.twin()
    changed.amount = said.amount or order.amount
    changed.limit = said.limit_micros or order.limit
    changed.budget = said.budget_micros or order.budget
    changed.expires = said.expires_s or order.expires
    changed.hold(hold_for(changed) - order.spent)
    changed.version = order.version + 1
    return changed


def _check_money(state: State, order: Order, changed: Order) -> Rejected | None:
    if changed.left < 0:
        return Rejected(
            code="E-BUDGET-01", field="budget_micros", facts={"spent_micros": order.spent}
        )
    more = changed.left - order.left
    return (
        check_funds(order.seat, more)
        or check_order_size(state, changed, changed.left + order.spent)
        or check_position(order.seat.most, order.seat.held + more)
    )


def _asks_less(order: Order, changed: Order) -> bool:
    return changed.amount <= order.amount and (
        (changed.limit, changed.budget, changed.expires)
        == (order.limit, order.budget, order.expires)
    )


def _replace(state: State, order: Order, changed: Order, *, keeps: bool) -> list[Happened]:
    leave_order(state, order)
    state.number += 1
    if not keeps:
        changed.arrival = state.number
    changed.seat.available -= changed.left - order.left
    return [
        Replaced(
            number=state.number,
            side=BUY,
            id=changed.id,
            version=changed.version,
            arrival=changed.arrival,
            held_micros=changed.left,
        )
    ]
