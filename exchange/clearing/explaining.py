"""Why an order of a cleared auction executes or not, and what would have changed that."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from exchange.clearing.arrays import arrays_of
from exchange.clearing.book import TICK_MICROS, Bid, Book, Order
from exchange.clearing.bound import best_surplus
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.reading import book_of
from exchange.clearing.refusals import UnknownRow
from exchange.units import GFLOPS_PER_PFLOPS


@dataclass(frozen=True)
class Why:
    """What is told of one order, money in micros.

    `surplus_micros` is what it gained, or what it would have gained at the published prices.
    `limit_needed_micros` is the least limit at which its cheapest place would have been worth its
    price; `wider_saves_micros` what that place would have cost less, had the window been an hour
    longer at either end. Both are None where no place fits.
    """

    order: int
    executes: bool
    reason: str
    alternative: int
    limit_micros: int
    surplus_micros: int
    limit_needed_micros: int | None
    wider_saves_micros: int | None
    marginal_offer: int | None


def explain(document: object, outcome: dict[str, Any], number: int) -> Why:
    """Explain one order of a book and its outcome; UnknownRow where the book has no such order."""
    book = book_of(document)
    order = next((one for one in book.orders if one.order == number), None)
    if order is None:
        raise UnknownRow("order", row="the question", named=number)
    accepted = next((one for one in outcome["accepted"] if one["order"] == number), None)
    rejected = next((one for one in outcome["rejected"] if one["order"] == number), None)
    ways = range(len(order.alternatives))
    costs = [_least_cost(book, outcome, order, order.alternatives[way]) for way in ways]
    way = _way(order, accepted, costs)
    bid, cost = order.alternatives[way], costs[way]
    wider = None if cost is None else _least_cost(book, outcome, order, _wider(bid, book.hours))
    return Why(
        order=number,
        executes=accepted is not None,
        reason="EXECUTES" if rejected is None else rejected["reason"],
        alternative=way,
        limit_micros=_limit(bid),
        surplus_micros=_gained(accepted, rejected),
        limit_needed_micros=None if cost is None else _limit_for(bid, cost),
        wider_saves_micros=None if cost is None or wider is None else max(0, cost - wider),
        marginal_offer=None if accepted is None else _marginal(book, accepted),
    )


def _gained(accepted: dict[str, Any] | None, rejected: dict[str, Any] | None) -> int:
    if accepted is not None:
        return int(accepted["value_micros"] - accepted["pays_micros"])
    return int(rejected["lost_surplus_micros"]) if rejected is not None else 0


def _way(order: Order, accepted: dict[str, Any] | None, costs: list[int | None]) -> int:
    """Return the alternative in use, or the one nearest to being worth its price."""
    if accepted is not None:
        return int(accepted["alternative"])
    gaps = [
        (0 if cost is not None else 1, (cost or 0) - _value(bid), way)
        for way, (bid, cost) in enumerate(zip(order.alternatives, costs, strict=True))
    ]
    return min(gaps)[2]


def _wider(bid: Bid, hours: int) -> Bid:
    earliest, latest = max(0, bid.earliest - 1), min(hours, bid.latest + 1)
    return msgspec.structs.replace(bid, earliest=earliest, latest=latest)


def _limit(bid: Bid) -> int:
    return bid.steps[0][0] if bid.steps else bid.limit_micros


def _amount(bid: Bid) -> int:
    """Return the amount times hours that the bid wants in all, by its first part."""
    if bid.profile:
        return sum(bid.profile)
    return (bid.steps[0][1] if bid.steps else bid.amount) * bid.hours


def _scale(bid: Bid) -> int:
    return 1 if bid.unit == "DEVICES" else GFLOPS_PER_PFLOPS


def _value(bid: Bid) -> int:
    return _limit(bid) * _amount(bid) // _scale(bid)


def _limit_for(bid: Bid, cost: int) -> int:
    """Return the least limit, on the tick for devices, that is worth a cost."""
    limit = -(-cost * _scale(bid) // _amount(bid))
    return -(-limit // TICK_MICROS) * TICK_MICROS if bid.unit == "DEVICES" else limit


def _least_cost(book: Book, outcome: dict[str, Any], order: Order, bid: Bid) -> int | None:
    """Return the least cost of the bid's whole (first) amount at the published prices."""
    if bid.steps:
        limit, amount = bid.steps[0]
        bid = msgspec.structs.replace(bid, steps=(), limit_micros=limit, amount=amount)
    # At a limit beyond any price nothing is left out, and surplus tells the cost.
    most = 100 * book.price_most_micros * _scale(bid) // 1_000
    high = msgspec.structs.replace(bid, limit_micros=most, min_fill_bp=0)
    alone = msgspec.structs.replace(order, alternatives=(high,), parent=None, budget_micros=None)
    arrays = arrays_of(msgspec.structs.replace(book, orders=(alone,)))
    best = int(best_surplus(arrays, _prices(book, outcome), purse=False)[0, 0])
    return None if best < 0 else int(arrays.bids.value[0]) - best


def _prices(book: Book, outcome: dict[str, Any]) -> Array:
    rows = [outcome["prices"][node.node] for node in book.nodes]
    arcs = sorted({(link.zone, link.city) for link in book.links})
    rows += [outcome["link_prices"][f"{zone}>{city}"] for zone, city in arcs]
    return np.array(rows, np.int64).ravel()


def _marginal(book: Book, accepted: dict[str, Any]) -> int:
    """Return the dearest offer that serves the order."""
    asks = {offer.offer: offer.curve[0][0] for offer in book.offers}
    return max((asks[row["offer"]], int(row["offer"])) for row in accepted["sold_by"])[1]
