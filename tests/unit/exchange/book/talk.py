"""Short ways to say commands, and a small market to say them to."""

from typing import Any

from exchange.book import Book
from exchange.book.commands import Buy, Clock, Funds, Member, Pool, Requires, Said, Sell
from exchange.book.events import Ended, Happened, Rejected, Traded

YUAN = 1_000_000
HOUR = 3_600
RICH = 10**15
ADA, BEN, CAI = 1, 2, 3  # a seller, a buyer, and one who does both
H100 = {"TRAINING": 1_000_000}


def sell(listing: int, **facts: Any) -> Sell:
    """Eight H100 of Ada's for ten hours from hour 100 on, at one yuan."""
    base: dict[str, Any] = {"member": ADA, "pool": 1, "devices": 8, "first_hour": 100}
    return Sell(listing=listing, **{**base, "hours": 10, "ask_micros": YUAN, **facts})


def buy(order: int, **facts: Any) -> Buy:
    """Eight devices for two hours between hour 100 and 110, at most two yuan."""
    base: dict[str, Any] = {"member": BEN, "amount": 8, "hours": 2, "first_hour": 100}
    return Buy(order=order, **{**base, "last_hour": 110, "limit_micros": 2 * YUAN, **facts})


def requires(**facts: Any) -> Requires:
    """What a place must be like."""
    return Requires(**facts)


def pool(number: int = 1, **facts: Any) -> Pool:
    """Thirty-two H100 of Ada's."""
    base: dict[str, Any] = {"seller": ADA, "chip": "h100", "family": "nvidia", "devices": 32}
    return Pool(pool=number, **{**base, "memory_gb": 80, "gflops": H100, **facts})


def market(*more: Said) -> Book:
    """Return a market at half past hour 98, whose first open hour is 100."""
    book = Book()
    tell(
        book,
        Clock(now_s=98 * HOUR + 1_800, first_open=100),
        Member(member=ADA, capabilities=("SELLER",)),
        Member(member=BEN, capabilities=("BUYER",)),
        Member(member=CAI, owner="cai"),
        Funds(member=BEN, available_micros=RICH),
        Funds(member=CAI, available_micros=RICH),
        pool(),
        pool(3, seller=CAI),
    )
    tell(book, *more)
    return book


def tell(book: Book, *commands: Said) -> list[Happened]:
    """Say the commands; return all that happened."""
    return [event for command in commands for event in book.apply(command)]


def trades(events: list[Happened]) -> list[tuple[int, int, int, int]]:
    """Return order, listing, devices and start of each trade."""
    return [
        (event.order, event.listing, event.devices, event.first_hour)
        for event in events
        if isinstance(event, Traded)
    ]


def endings(events: list[Happened]) -> list[tuple[int, str, str]]:
    """Return the id, state and reason of what ended."""
    return [(event.id, event.state, event.reason) for event in events if isinstance(event, Ended)]


def refusal(events: list[Happened]) -> tuple[str, str]:
    """Return the code and the field of a refusal, which comes alone."""
    (event,) = events
    assert isinstance(event, Rejected)
    return event.code, event.field
