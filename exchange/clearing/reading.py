"""From the JSON of a book to the book: what was left out is filled in, rows are sorted."""

import msgspec

from exchange.clearing.book import Bid, Book
from exchange.clearing.refusals import BookRefused

_BID_FIELDS = {field.encode_name for field in msgspec.structs.fields(Bid)}


def read_book(text: bytes) -> Book:
    """Read a book from its JSON; refuse what is no JSON, unknown, missing or of a wrong type."""
    try:
        return book_of(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        raise BookRefused("book", why=str(error)) from error


def book_of(document: object) -> Book:
    """Read a book from its document, with what was left out; its rows are sorted by number."""
    try:
        book = msgspec.convert(_whole(document), Book)
    except msgspec.ValidationError as error:
        why = str(error)
        raise BookRefused(why.rpartition("`$")[2].strip("`.") or "book", why=why) from error
    return msgspec.structs.replace(
        book,
        nodes=tuple(sorted(book.nodes, key=lambda row: row.node)),
        offers=tuple(sorted(book.offers, key=lambda row: row.offer)),
        links=tuple(sorted(book.links, key=lambda row: row.link)),
        orders=tuple(sorted(book.orders, key=lambda row: row.order)),
    )


def _whole(document: object) -> object:
    """Return a document in which nothing is left out that depends on its other fields."""
    if not isinstance(document, dict):
        return document
    whole = {"nodes": [], "offers": [], "orders": [], **document}
    hours = whole.get("hours")
    for name, number in (("offers", "offer"), ("links", "link")):
        if isinstance(whole.get(name), list):
            whole[name] = [_with_window(row, number, hours) for row in whole[name]]
    if isinstance(whole["orders"], list):
        whole["orders"] = [_with_bids(order, hours) for order in whole["orders"]]
    return whole


def _with_window(row: object, number: str, hours: object) -> object:
    if not isinstance(row, dict):
        return row
    left = _difference(hours, row.get("first_hour", 0))
    return {"arrival": row.get(number), "hours": left, **row}


def _with_bids(order: object, hours: object) -> object:
    """Return an order whose bids stand under its alternatives, each with its window."""
    if not isinstance(order, dict):
        return order
    order = {"arrival": order.get("order"), **order}
    if "alternatives" not in order:
        bid = {name: value for name, value in order.items() if name in _BID_FIELDS}
        rest = {name: value for name, value in order.items() if name not in _BID_FIELDS}
        order = {**rest, "alternatives": [bid]}
    if isinstance(order["alternatives"], list):
        order["alternatives"] = [_with_hours(bid, hours) for bid in order["alternatives"]]
    return order


def _with_hours(bid: object, hours: object) -> object:
    if not isinstance(bid, dict):
        return bid
    latest, profile = bid.get("latest", hours), bid.get("profile")
    span = _difference(latest, bid.get("earliest", 0))
    if isinstance(profile, list) and "hours" not in bid:
        span = len(profile)
    return {"latest": latest, "hours": span, **bid}


def _difference(end: object, begin: object) -> object:
    """Return the hours between; what is no number is refused where it stands."""
    return end - begin if isinstance(end, int) and isinstance(begin, int) else end
