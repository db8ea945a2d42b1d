"""The continuous book: an order or a listing meets what rests, by price, start, arrival."""

from exchange.book.listing import match_listing
from exchange.book.machine import Book
from exchange.book.order import match_order
from exchange.book.sides import Fill, LinkOffer, Match, Offer, SieveStep, Want
from exchange.book.sieve import sieve_of

__all__ = [
    "Book",
    "Fill",
    "LinkOffer",
    "Match",
    "Offer",
    "SieveStep",
    "Want",
    "match_listing",
    "match_order",
    "sieve_of",
]
