"""Orders that meet no ask: they are left out before the search, so that they change nothing."""

from typing import NamedTuple

import msgspec

from exchange.clearing.arrays import Arrays, arrays_of
from exchange.clearing.book import Book
from exchange.clearing.bound import best_surplus, by_order
from exchange.clearing.offers import lowest_asks


class Sorted(NamedTuple):
    """The arrays of orders that may execute, and of those that cannot (None: there are none)."""

    hopeful: Arrays
    hopeless: Arrays | None


def sort_out(book: Book) -> Sorted:
    """Set orders aside that would gain nothing if every device and link cost its lowest ask.

    What another order names as its parent stays: it may gain by its child.
    """
    arrays = arrays_of(book)
    best = by_order(
        arrays, best_surplus(arrays, lowest_asks(arrays.parts, arrays.supply), purse=False)
    )
    parents = {order.parent for order in book.orders}
    gone = [
        order
        for order, surplus in zip(arrays.orders, best, strict=True)
        if surplus <= 0 and order.order not in parents
    ]
    if not gone:
        return Sorted(arrays, None)
    numbers = {order.order for order in gone}
    stay = tuple(order for order in arrays.orders if order.order not in numbers)
    replace = msgspec.structs.replace
    return Sorted(
        arrays_of(replace(book, orders=stay)), arrays_of(replace(book, orders=tuple(gone)))
    )
