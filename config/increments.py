"""The market's increments as server-sent events, read from the database in stretches."""

import json
from dataclasses import dataclass

from django.db import close_old_connections, connections
from rest_framework.renderers import JSONRenderer

from config.listeners import Parcel
from marketplace.api.feed_outputs import IncrementOutput
from marketplace.domain.feed import Increment, within
from marketplace.domain.feed_refusals import FeedAhead, FeedGone
from marketplace.domain.products import Product
from marketplace.queries.feed import Stretch, stretch_after
from marketplace.queries.feed_rows import last_number
from marketplace.queries.products import every_product

STRETCH = 500
# Who is further behind takes a new snapshot: it is cheaper for both.
MOST_REPLAYED = 5_000


@dataclass(frozen=True)
class Reading:
    """The next events: a parcel a product, and the number that they reach."""

    last: int
    parcels: dict[str, Parcel]
    traded: bool = False
    more: bool = False


def market_end() -> int:
    """Return the market's last number, on a connection of this thread."""
    close_old_connections()
    return last_number()


def known(product_code: str) -> bool:
    """Tell whether the product exists."""
    close_old_connections()
    return product_code in every_product()


def read_after(after: int, followed: frozenset[str]) -> Reading:
    """Return the stretch after a number for the products; a reset where there is none to give."""
    end = market_end()
    if end == after:
        return Reading(after, {})
    try:
        within(after=after, last=end, most=MOST_REPLAYED)
        products = every_product()
        stretch = stretch_after(after, limit=STRETCH, products=products)
    except (FeedGone, FeedAhead):
        return Reading(end, dict.fromkeys(followed, _anew(end)))
    last = stretch.events[-1].number
    return Reading(
        last,
        {code: _parcel(stretch, products[code], last) for code in followed if code in products},
        traded=any(event.kind == "TRADED" for event in stretch.events),
        more=last < end,
    )


def _parcel(stretch: Stretch, product: Product, last: int) -> Parcel:
    try:
        return Parcel(_lines(stretch.of(product)), last)
    except FeedGone:
        return _anew(last)


def _anew(number: int) -> Parcel:
    """Tell a follower to take a new snapshot; the stream goes on after the number."""
    facts = json.dumps({"number": number})
    return Parcel(((0, f"id: {number}\nevent: reset\ndata: {facts}\n\n"),), number, reset=True)


def _lines(increments: list[Increment]) -> tuple[tuple[int, str], ...]:
    """Return a message for each increment that says something about the product."""
    return tuple(
        (one.number, f"id: {one.number}\nevent: increment\ndata: {_json(one)}\n\n")
        for one in increments
        if one.changes or one.trade or one.halt
    )


def _json(increment: Increment) -> str:
    return str(JSONRenderer().render(IncrementOutput(increment).data), "utf-8")


def let_go() -> None:
    """Close the thread's connections."""
    connections.close_all()
