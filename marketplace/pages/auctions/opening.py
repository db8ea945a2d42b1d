"""The invented day of the documentation, opened for its pages and checked by the rulebook."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from exchange.verifying.bundle import FILES
from marketplace.queries.auctions import Opened, opened

EXAMPLE = "docs/examples/day-ahead"


@lru_cache(maxsize=1)
def example() -> Opened:
    """Open the invented day that comes with the documentation."""
    folder = Path(settings.BASE_DIR) / EXAMPLE
    return opened({name: (folder / name).read_bytes() for name in FILES}, checked=True)
