"""Auctions opened for their pages: a published one, or the invented day of the documentation."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from exchange.verifying.bundle import FILES
from marketplace.queries.auctions import Opened, auction_named, opened, opened_auction

EXAMPLE = "docs/examples/day-ahead"


@lru_cache(maxsize=1)
def example() -> Opened:
    """Open the invented day that comes with the documentation."""
    folder = Path(settings.BASE_DIR) / EXAMPLE
    return opened({name: (folder / name).read_bytes() for name in FILES}, checked=True)


def opened_by(code: str) -> tuple[Opened, str]:
    """Return a published auction, or the invented day for no code, and its page's address.

    Refuses with NotFound before publication.
    """
    if not code:
        return example(), reverse("marketplace:auction_example")
    return opened_auction(auction_named(code)), reverse("marketplace:auction", args=[code])
