"""Numbered increments of the public feed: what each event changed in a product's depth."""

from dataclasses import dataclass

from marketplace.domain.feed import Increment, Lives, increment_of, unbroken, within
from marketplace.domain.lives import Happening
from marketplace.domain.products import ACCELERATORS, Product
from marketplace.queries.feed_rows import events_after, last_number, lives_of
from marketplace.queries.products import every_product, product_of

MOST_INCREMENTS = 500


@dataclass(frozen=True)
class Stretch:
    """Events that follow each other, with the rows behind them: increments of any product."""

    events: tuple[Happening, ...]
    lives: Lives

    def of(self, product: Product) -> list[Increment]:
        """Return each event's increment for the product."""
        return [increment_of(event, product, self.lives) for event in self.events]


@dataclass(frozen=True)
class Increments:
    """A page of increments; `last` is the market's last number, `more` whether it is further."""

    product: Product
    increments: tuple[Increment, ...]
    last: int

    @property
    def next_after(self) -> int:
        """Return the number to ask after next."""
        return self.increments[-1].number if self.increments else self.last


def increments_after(after: int, *, product_code: str, limit: int = MOST_INCREMENTS) -> Increments:
    """Return at most `limit` increments after a number, without a gap.

    Refuses a number that the market has not reached, and one too far back, with 410: the
    caller takes a new snapshot.
    """
    product = product_of(product_code)
    last = last_number()
    within(after=after, last=last)
    found = stretch_after(after, limit=limit, products=every_product())
    return Increments(product, tuple(found.of(product)), max([last, *_numbers(found)]))


def stretch_after(after: int, *, limit: int, products: dict[str, Product]) -> Stretch:
    """Return the next events with what they are about; refuse where their numbers have a gap."""
    events = tuple(events_after(after, limit))
    unbroken(events, after=after)
    return Stretch(events, lives_of(events, _chips(products)))


def _chips(products: dict[str, Product]) -> dict[int, str]:
    """Return the code of each chip model, by id."""
    singles = (found for code, found in products.items() if code != ACCELERATORS)
    return {product.chips[0].id: product.code for product in singles}


def _numbers(stretch: Stretch) -> list[int]:
    return [event.number for event in stretch.events[-1:]]
