"""Orders that pass: they arrive and end within one command, and never rest."""

from collections.abc import Sequence

from exchange.book import events as book


def passing_of(events: Sequence[book.Happened]) -> set[int]:
    """Return the orders that arrived and ended with these events."""
    ended = {e.id for e in events if isinstance(e, book.Ended) and e.side == book.BUY}
    if not ended:
        return ended
    # Of the same side: a listing may have the number of an order that it fills.
    return ended & {e.id for e in events if isinstance(e, book.Accepted) and e.side == book.BUY}
