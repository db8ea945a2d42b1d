"""What is asked of call auctions."""

from marketplace.queries.auctions.book import book_of_auction, encoded
from marketplace.queries.auctions.reading import (
    auction_named,
    auctions_newest,
    bundle_files,
    bundle_zip,
    offers_in,
    orders_in,
    runs_of,
    salt_of,
    seed_of,
)

__all__ = [
    "auction_named",
    "auctions_newest",
    "book_of_auction",
    "bundle_files",
    "bundle_zip",
    "encoded",
    "offers_in",
    "orders_in",
    "runs_of",
    "salt_of",
    "seed_of",
]
