"""Checks of who executes and who does not: once each, parents first, and why not."""

from collections import Counter

from exchange.verifying.best import Best
from exchange.verifying.book import Order
from exchange.verifying.case import Case, Findings
from exchange.verifying.outcome import Rejected
from exchange.verifying.rows import Finding, canonical_hash

IN_THE_MONEY = frozenset({"ALL_OR_NOTHING", "MIN_FILL", "CAPACITY", "BLOCK_OFFER"})


def each_once(case: Case) -> Findings:
    """Find orders that are neither or doubly in the lists of accepted and rejected."""
    out = case.outcome
    told = Counter([one.order for one in out.accepted] + [one.order for one in out.rejected])
    for order in case.book.orders:
        if told[order.number] != 1:
            yield Finding(
                "ONCE",
                f"order {order.number}",
                f"the outcome has it {told[order.number]} times",
            )


def parents(case: Case) -> Findings:
    """Find children that execute without their parent."""
    for one in case.outcome.accepted:
        parent = case.book.order_of[one.order].parent
        if parent is not None and parent not in case.accepted:
            yield Finding("PARENT", f"order {one.order}", f"its parent {parent} does not execute")


def reasons(case: Case) -> Findings:
    """Find rejections whose lost surplus or reason is not what the published prices say."""
    for one in case.outcome.rejected:
        order = case.book.order_of[one.order]
        best = case.markets.published.best(order, within_budget=True)
        row = f"order {one.order}"
        if best.surplus_micros != one.lost_surplus_micros:
            yield Finding(
                "LOST_SURPLUS",
                row,
                f"it says {one.lost_surplus_micros}, it lost {best.surplus_micros}",
            )
        reason = reason_of(case, order, best)
        if reason != one.reason:
            yield Finding("REASON", row, f"it says {one.reason}, it is {reason}")
    counted = sum(_in_the_money(one) for one in case.outcome.rejected)
    if counted != case.outcome.rejected_in_the_money:
        yield Finding(
            "IN_THE_MONEY",
            "rejected_in_the_money",
            f"it says {case.outcome.rejected_in_the_money}, the list has {counted}",
        )


def _in_the_money(one: Rejected) -> bool:
    return one.reason in IN_THE_MONEY


def reason_of(case: Case, order: Order, best: Best) -> str:
    """Return why an order does not execute: the first reason that holds."""
    if order.parent is not None and order.parent not in case.accepted:
        return "PARENT"
    if not best.fits:
        return "NO_PLACE"
    if not case.markets.without_closed.fits(order):
        return "BLOCK_OFFER"
    if not best.surplus_micros:
        return "PRICE"
    bid = order.bids[best.alternative]
    if not bid.divisible:
        return "ALL_OR_NOTHING"
    return "MIN_FILL" if bid.min_fill_bp else "CAPACITY"


def hashes(book: object, outcome: dict[str, object], said: tuple[str, str]) -> Findings:
    """Find hashes that are not those of the files."""
    bare = {field: value for field, value in outcome.items() if field != "hashes"}
    for name, told, data in (("book", said[0], book), ("outcome", said[1], bare)):
        if told != canonical_hash(data):
            yield Finding("HASH", f"hashes {name}", f"the {name} has another hash than published")
