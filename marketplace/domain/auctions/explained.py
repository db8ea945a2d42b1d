"""Why one order of a cleared auction executes or not, and what would have changed that."""

from dataclasses import dataclass

from exchange.verifying.case import Case
from marketplace.domain.auctions.fates import Fate, fates_of
from marketplace.domain.auctions.smallest_yes import SmallestYes, nearest_yes, smallest_yes


@dataclass(frozen=True)
class Explained:
    """What is told of an order, money in micros.

    `limit_micros` is that of the alternative in use, or of the one nearest to being worth its
    price; `yes` is what would have served that one. `dearest_offer` is the offer of the highest
    ask that serves it, None where none does.
    """

    fate: Fate
    limit_micros: int
    yes: SmallestYes
    dearest_offer: int | None


def explained(case: Case, number: int) -> Explained:
    """Explain one order of a book and its outcome; KeyError where the book has no such order."""
    order = case.book.order_of[number]
    fate = next(one for one in fates_of(case) if one.number == number)
    if fate.executes:
        bid, yes = fate.bid, smallest_yes(case, order, fate.bid)
    else:
        bid, yes = nearest_yes(case, order)
    return Explained(fate, bid.parts[0][0], yes, _dearest(case, number))


def _dearest(case: Case, number: int) -> int | None:
    """Return the offer of the highest ask that serves the order, of equal ones the last."""
    found: tuple[int, int] | None = None
    for one in case.outcome.accepted:
        for rect in one.sold_by if one.order == number else ():
            offer = case.book.offers[rect.at]
            found = max(found or (0, 0), (offer.steps[0][0], offer.number))
    return None if found is None else found[1]
