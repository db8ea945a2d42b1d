"""The book as data: all that it knows for a restart, and a hash of what decides its future."""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Any

import msgspec

from exchange.book.commands import Buy, Limit, Link, Pool, Reference, Requires, Sell
from exchange.book.facts import tell_limit, tell_pool, tell_reference
from exchange.book.halting import apply_halts
from exchange.book.laying import lay_listing, lay_order
from exchange.book.linking import tell_link
from exchange.book.rows import Listing, Order
from exchange.book.seats import Past, Seat
from exchange.book.state import State

# What orders, listings and seats are besides what they belong to; restored as it was saved.
_ORDER = (
    *("id", "arrival", "version", "unit", "amount", "filled", "hours", "first", "end", "limit"),
    *("budget", "vat", "left", "spent", "splittable", "least", "tif", "expires", "mode", "fixed"),
)
_LISTING = (
    *("id", "arrival", "version", "ask", "devices"),
    *("first", "hours", "min_devices", "min_hours", "mode"),
)
_SEAT = ("number", "known", "owner_told", "capabilities", "state", "available")


def digest_of(state: State) -> str:
    """Return a hash of the content: the same for the same book, however it came about."""
    content = msgspec.json.encode(_content(state))
    return blake2b(content, digest_size=16).hexdigest()


def saved(state: State) -> dict[str, Any]:
    """Return all that the book knows, ready for JSON."""
    return _content(state) | {
        "messages": sorted(_messages(state)),
        "ended_orders": _ended(state.ended_orders),
        "ended_listings": _ended(state.ended_listings),
    }


def _ended(ended: dict[int, Past]) -> list[tuple[int, int, str]]:
    return sorted((number, past.member, past.state) for number, past in ended.items())


def _messages(state: State) -> Iterator[tuple[int, int]]:
    """Yield who has sent anything in this second, and how much."""
    yield from state.messages.items()
    for number, seat in state.seats.items():
        if seat.messages and seat.counted == state.seconds:
            yield number, seat.messages


def _content(state: State) -> dict[str, Any]:
    chips = [chip for _, chip in sorted(state.chips.items()) if chip.price is not None]
    return {
        "number": state.number,
        "now_s": state.now,
        "first_open": state.first_open,
        "second": state.second,
        "everyone": msgspec.to_builtins(state.everyone),
        "halts": sorted((*halt, reason) for halt, reason in state.halts.items()),
        "references": [(chip.code, chip.price, chip.nominal) for chip in chips],
        "members": [_seat(seat) for _, seat in sorted(state.seats.items()) if _told(seat)],
        "pools": [
            (msgspec.to_builtins(stock.facts), stock.taken_from(state.first_open))
            for _, stock in sorted(state.stocks.items())
        ],
        "links": [
            (msgspec.to_builtins(link.facts), link.sold_from(state.first_open))
            for _, link in sorted(state.links.items())
        ],
        "orders": [_order(order) for _, order in sorted(state.orders.items())],
        "listings": [_listing(listing) for _, listing in sorted(state.listings.items())],
    }


def _told(seat: Seat) -> bool:
    """Tell whether anything was ever told of the seat that still matters."""
    return seat.known or seat.available > 0 or seat.limit is not None


def _seat(seat: Seat) -> list[Any]:
    return [*(getattr(seat, name) for name in _SEAT), msgspec.to_builtins(seat.limit)]


def _order(order: Order) -> list[Any]:
    demand = order.demand
    return [
        order.seat.number,
        msgspec.to_builtins(demand.requires),
        demand.city,
        demand.workload,
        *(getattr(order, name) for name in _ORDER),
    ]


def _listing(listing: Listing) -> list[Any]:
    runs = [(free, len(list(hours))) for free, hours in groupby(listing.frees())]
    return [
        listing.seat.number,
        listing.stock.pool,
        listing.kind.firmness,
        runs,
        *(getattr(listing, name) for name in _LISTING),
    ]


def load(state: State, told: dict[str, Any]) -> None:
    """Fill an empty state with what `saved` told of another."""
    state.number = told["number"]
    state.now = told["now_s"]
    state.first_open = told["first_open"]
    state.second = told["second"]
    state.messages = dict(told["messages"])
    _load_facts(state, told)
    for row in sorted(told["orders"], key=lambda row: row[4 + _ORDER.index("arrival")]):
        _load_order(state, row)
    for row in sorted(told["listings"], key=lambda row: row[4 + _LISTING.index("arrival")]):
        _load_listing(state, row)
    for number, member, ending in told["ended_orders"]:
        state.ended_orders[number] = state.seat(member).ended(ending)
    for number, member, ending in told["ended_listings"]:
        state.ended_listings[number] = state.seat(member).ended(ending)


def _load_facts(state: State, told: dict[str, Any]) -> None:
    for scope, subject, reason in told["halts"]:
        state.halts[(scope, subject)] = reason
        apply_halts(state, scope, subject)
    for chip, price, nominal in told["references"]:
        tell_reference(state, Reference(chip=chip, price_micros=price, nominal_gflops=nominal))
    if told["everyone"] is not None:
        tell_limit(state, msgspec.convert(told["everyone"], Limit))
    for row in told["members"]:
        _load_seat(state, row)
    for facts, taken in told["pools"]:
        pool = msgspec.convert(facts, Pool)
        tell_pool(state, msgspec.structs.replace(pool, used=dict(taken)))
    for facts, sold in told.get("links", ()):  # a state kept before there were links has none
        link = msgspec.convert(facts, Link)
        tell_link(state, msgspec.structs.replace(link, used=dict(sold)))


def _load_seat(state: State, row: list[Any]) -> None:
    seat = state.seat(row[0])
    for name, value in zip(_SEAT, row, strict=False):
        setattr(seat, name, tuple(value) if isinstance(value, list) else value)
    seat.owner = seat.owner_told or seat.owner
    seat.stand()
    if row[-1] is not None:
        seat.limit = seat.most = msgspec.convert(row[-1], Limit)


def _load_order(state: State, row: list[Any]) -> None:
    figures = dict(zip(_ORDER, row[4:], strict=True))
    said = Buy(
        order=figures["id"],
        member=row[0],
        unit=figures["unit"],
        amount=figures["amount"],
        hours=figures["hours"],
        first_hour=figures["first"],
        last_hour=figures["end"],
        limit_micros=figures["limit"],
        budget_micros=figures["budget"],
        vat_bp=figures["vat"],
        requires=msgspec.convert(row[1], Requires),
        city=row[2],
        workload_class=row[3],
        splittable=figures["splittable"],
        min_lot_devices=figures["least"],
        time_in_force=figures["tif"],
        expires_s=figures["expires"],
        self_trade=figures["mode"],
    )
    lay_order(
        state,
        said,
        arrival=figures["arrival"],
        version=figures["version"],
        filled=figures["filled"],
        spent_micros=figures["spent"],
        left_micros=figures["left"],
        fixed_start=figures["fixed"],
    )


def _load_listing(state: State, row: list[Any]) -> None:
    figures = dict(zip(_LISTING, row[4:], strict=True))
    said = Sell(
        listing=figures["id"],
        member=row[0],
        pool=row[1],
        firmness=row[2],
        devices=figures["devices"],
        first_hour=figures["first"],
        hours=figures["hours"],
        ask_micros=figures["ask"],
        min_devices=figures["min_devices"],
        min_hours=figures["min_hours"],
        self_trade=figures["mode"],
    )
    free = [free for free, hours in row[3] for _ in range(hours)]
    lay_listing(state, said, arrival=figures["arrival"], version=figures["version"], free=free)
