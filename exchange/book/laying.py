"""Lay an order or a listing where it stood: a book begun from stored rows. Nothing is matched."""

from collections.abc import Sequence

from msgspec.structs import astuple

from exchange.book.commands import Buy, Sell
from exchange.book.rows import Listing, Order
from exchange.book.standing import kind_of, rest_listing, rest_order
from exchange.book.state import State


def lay_order(
    state: State,
    said: Buy,
    *,
    arrival: int,
    version: int,
    filled: int,
    spent_micros: int,
    left_micros: int,
    fixed_start: int | None,
) -> None:
    """Lay an open order with its place in time, what it has filled and what its hold has left."""
    demand = state.demand(said.requires, said.city, said.workload_class)
    order = Order(astuple(said), state.seat(said.member), demand)
    order.hold(left_micros)
    order.arrival, order.version = arrival, version
    order.filled, order.spent, order.fixed = filled, spent_micros, fixed_start
    rest_order(state, order)


def lay_listing(
    state: State, said: Sell, *, arrival: int, version: int, free: Sequence[int]
) -> None:
    """Lay an open listing with its place in time and what is free of it, hour by hour.

    The pool must have been told of first, with these devices among those that are taken.
    """
    stock = state.stocks[said.pool]
    listing = Listing(astuple(said), state.seat(said.member), stock)
    listing.be(kind_of(state, stock, said.firmness))
    listing.arrival, listing.version = arrival, version
    listing.free = None if len(set(free)) == 1 else list(free)
    listing.level, listing.most, listing.rest = free[0], max(free), sum(free)
    rest_listing(state, listing)
