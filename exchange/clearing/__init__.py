"""The pure call auction: a frozen book in, prices, acceptance and a bound out."""

from exchange.clearing.book import Book
from exchange.clearing.clearing import Config, clear
from exchange.clearing.reading import book_of, read_book
from exchange.clearing.refusals import BookRefused

__all__ = ["Book", "BookRefused", "Config", "book_of", "clear", "read_book"]
