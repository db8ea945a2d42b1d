"""What is asked of call auctions."""

from marketplace.queries.auctions.book import book_of_auction, encoded
from marketplace.queries.auctions.opened import Opened, opened, opened_auction
from marketplace.queries.auctions.reading import (
    auction_named,
    auction_offer_for,
    auction_order_for,
    auctions_awaiting_a_step,
    auctions_newest,
    bundle_files,
    bundle_zip,
    counts_of,
    found_bp_of,
    indications_of,
    next_auction,
    offers_in,
    orders_in,
    outcome_sha256_of,
    runs_of,
    salt_of,
    seed_of,
)

__all__ = [
    "Opened",
    "auction_named",
    "auction_offer_for",
    "auction_order_for",
    "auctions_awaiting_a_step",
    "auctions_newest",
    "book_of_auction",
    "bundle_files",
    "bundle_zip",
    "counts_of",
    "encoded",
    "found_bp_of",
    "indications_of",
    "next_auction",
    "offers_in",
    "opened",
    "opened_auction",
    "orders_in",
    "outcome_sha256_of",
    "runs_of",
    "salt_of",
    "seed_of",
]
