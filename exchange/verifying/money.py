"""Checks of money: values, payments to the micro, limits, budgets, prices, welfare and bound."""

import numpy as np

from exchange.verifying.book import TICK_MICROS, Bid, Book
from exchange.verifying.bound import bound_of
from exchange.verifying.case import Case, Findings, asks_of
from exchange.verifying.needs import block_worth, credits_of, rated, worth
from exchange.verifying.outcome import Accepted, Rect
from exchange.verifying.placing import by_cell, link_cells
from exchange.verifying.rows import Finding
from exchange.verifying.space import Grid


def payments(case: Case) -> Findings:
    """Find values and payments that are not what amounts and uniform prices make."""
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        link = link_payment(case, one, bid)
        pays = link + devices_payment(case.outcome.prices, one.placed)
        yield from _same("VALUE", one, "value_micros", one.value_micros, value_of(case, one, bid))
        yield from _same("PAYMENT", one, "pays_micros", one.pays_micros, pays)
        yield from _same("LINK_PAYMENT", one, "link_pays_micros", one.link_pays_micros, link)


def _same(code: str, one: Accepted, field: str, said: int, right: int) -> Findings:
    if said != right:
        yield Finding(code, f"order {one.order}", f"{field} says {said}, it is {right}")


def value_of(case: Case, one: Accepted, bid: Bid) -> int:
    """Return what an accepted order is worth to its buyer: the limit times what is credited."""
    if not bid.divisible:
        return block_worth(bid)
    delivered: dict[int, int] = {}
    for (at, hour), devices in by_cell(one.placed).items():
        delivered[hour] = delivered.get(hour, 0) + devices * rated(bid, case.book.nodes[at])
    return worth(bid, credits_of(bid, delivered))


def devices_payment(prices: Grid, placed: tuple[Rect, ...]) -> int:
    """Return devices times the uniform prices of their hours."""
    return sum(
        rect.amount * int(prices[rect.at, rect.first : rect.first + rect.hours].sum())
        for rect in placed
    )


def link_payment(case: Case, one: Accepted, bid: Bid) -> int:
    """Return what an accepted order pays for its link: Gbit/s-hours and GB moved."""
    prices = case.outcome.link_prices
    by_hour = sum(
        gbps * int(prices[arc, hour]) for (arc, hour), gbps in link_cells(case, one, bid).items()
    )
    return by_hour + moving(case.book, one, bid)


def moving(book: Book, one: Accepted, bid: Bid) -> int:
    """Return what moving the order's GB costs on its arc."""
    if not bid.move_gb or not one.placed:
        return 0
    arc = book.arc_at.get((book.nodes[one.placed[0].at].zone, bid.city))
    return 0 if arc is None else book.per_gb_of_arc[arc] * bid.move_gb


def buyers_gain(case: Case) -> Findings:
    """Find buyers who pay more than their limit, or than their budget with tax."""
    gross = 10_000 + case.book.vat_bp
    for one in case.outcome.accepted:
        order, bid = case.book.order_of[one.order], case.bid_of(one)
        pays = link_payment(case, one, bid) + devices_payment(case.outcome.prices, one.placed)
        value = value_of(case, one, bid)
        row = f"order {one.order}"
        if pays > value:
            yield Finding("BUYER_LOSS", row, f"it pays {pays}, its limit is worth {value}")
        if order.budget_micros is not None and pays * gross > order.budget_micros * 10_000:
            yield Finding("BUDGET", row, f"{pays} with tax is above {order.budget_micros}")


def prices_on_the_grid(case: Case) -> Findings:
    """Find prices off the tick or above the highest, and untraded cells not priced by the rule."""
    book, out = case.book, case.outcome
    nodes = [f"node {node.code}" for node in book.nodes]
    arcs = [f"link {zone}>{city}" for zone, city in book.arcs]
    for names, prices in ((nodes, out.prices), (arcs, out.link_prices)):
        for at, hour in np.argwhere(prices % TICK_MICROS != 0).tolist():
            yield Finding("TICK", f"{names[at]} hour {hour}", f"{prices[at, hour]} is off the tick")
        for at, hour in np.argwhere(prices > book.price_most_micros).tolist():
            yield Finding("PRICE_MOST", f"{names[at]} hour {hour}", f"{prices[at, hour]} is high")
    yield from _untraded(book, nodes, out.prices, out.duals, case.traded, lowest_asks(case))
    yield from _untraded(
        book, arcs, out.link_prices, out.link_duals, case.carried_on_arcs, lowest_link_prices(case)
    )


def _untraded(
    book: Book, names: list[str], prices: Grid, duals: Grid, traded: Grid, lowest: Grid
) -> Findings:
    floored = duals // TICK_MICROS * TICK_MICROS
    stands = lowest >= 0
    right = np.where(stands, np.maximum(floored, -(-lowest // TICK_MICROS) * TICK_MICROS), 0)
    right = np.minimum(right, book.price_most_micros)
    wrong = (traded == 0) & (prices != right) & (stands | (prices != floored))
    for at, hour in np.argwhere(wrong).tolist():
        yield Finding(
            "UNTRADED",
            f"{names[at]} hour {hour}",
            f"nothing is traded; the rule says {right[at, hour]}, not {prices[at, hour]}",
        )


def lowest_asks(case: Case) -> Grid:
    """Return by node and hour the lowest ask of what stands there and is not closed, or -1."""
    grid = np.full(case.outcome.prices.shape, 2**62, np.int64)
    for offer in case.book.offers:
        if offer.number not in case.outcome.closed_offers:
            part = grid[offer.node, offer.first : offer.first + offer.hours]
            np.minimum(part, offer.steps[0][0], out=part)
    return np.where(grid == 2**62, -1, grid)


def lowest_link_prices(case: Case) -> Grid:
    """Return by arc and hour the lowest price of a Gbit/s-hour, or -1 where no link stands."""
    grid = np.full(case.outcome.link_prices.shape, 2**62, np.int64)
    for link in case.book.links:
        part = grid[link.arc, link.first : link.first + link.hours]
        np.minimum(part, link.price_micros, out=part)
    return np.where(grid == 2**62, -1, grid)


def welfare_of(case: Case) -> int:
    """Return values less asks, start-up costs, link prices as asked and data moved."""
    book = case.book
    total = 0
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        total += value_of(case, one, bid) - moving(book, one, bid)
    for offer, sold in case.used_offers():
        total -= offer.start_up_micros + sum(asks_of(offer, devices) for devices in sold)
    for at, link in enumerate(book.links):
        total -= link.price_micros * int(case.carried[at].sum())
    return total


def welfare_and_bound(case: Case) -> Findings:
    """Find a welfare or bound that is not what the book and the prices make."""
    out = case.outcome
    right = (
        ("WELFARE", "welfare_micros", out.welfare_micros, welfare_of(case)),
        ("BOUND", "bound_micros", out.bound_micros, bound_of(case.markets.dual)),
        (
            "BOUND_AT_PRICES",
            "bound_at_prices_micros",
            out.bound_at_prices_micros,
            bound_of(case.markets.published),
        ),
    )
    for code, field, said, found in right:
        if said != found:
            yield Finding(code, field, f"it says {said}, it is {found}")
    if welfare_of(case) > min(found for _, _, _, found in right[1:]):
        yield Finding("ABOVE_BOUND", "welfare_micros", "no outcome can be above the bound")
