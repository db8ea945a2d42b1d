"""Members as the book knows them: what they may do, have available, and have open."""

from typing import Any, Final

from exchange.book.commands import Limit

BUYER: Final = "BUYER"
SELLER: Final = "SELLER"
CARRIER: Final = "CARRIER"
ADMITTED: Final = "ADMITTED"


class Past:
    """What is remembered of an order or listing that has ended: whose it was, and how it ended."""

    __slots__ = ("member", "state")

    def __init__(self, member: int, state: str) -> None:
        self.member = member
        self.state = state


class Seat:
    """A member: what it may do, what it has available, and what it has open."""

    __slots__ = (
        "available",
        "buys",
        "capabilities",
        "counted",
        "endings",
        "halt",
        "held",
        "known",
        "limit",
        "listings",
        "messages",
        "most",
        "number",
        "orders",
        "owner",
        "owner_told",
        "sells",
        "state",
        "trades",
    )

    def __init__(self, number: int) -> None:
        self.number = number
        self.known = False
        self.owner_told = ""
        self.owner = f"member:{number}"
        self.capabilities: tuple[str, ...] = ()
        self.state = ""
        self.halt: str | None = None  # its reason
        # Whether it may trade at all now, and on each side.
        self.trades = self.buys = self.sells = False
        self.available = 0
        self.held = 0  # gross holds of its open orders
        self.limit: Limit | None = None  # its own
        self.most: Limit | None = None  # the one that holds: its own, or everybody's
        self.orders: list[Any] = []
        self.listings: list[Any] = []
        self.messages = 0  # in the wall second that was the `counted`th
        self.counted = 0
        # How what it had open has ended, each way once: very many share it.
        self.endings: dict[str, Past] = {}

    def stand(self) -> bool:
        """Work out on which sides the member may trade; tell whether it may trade at all."""
        self.trades = self.state == ADMITTED and self.halt is None
        self.buys = self.trades and BUYER in self.capabilities
        self.sells = self.trades and SELLER in self.capabilities
        return self.trades

    def count(self, second: int) -> int:
        """Count a message in that wall second; return how many there were in it."""
        if self.counted != second:
            self.counted, self.messages = second, 0
        self.messages += 1
        return self.messages

    def ended(self, ending: str) -> Past:
        """Return what is remembered of an order or listing that ended so."""
        known = self.endings.get(ending)
        if known is None:
            known = self.endings[ending] = Past(self.number, ending)
        return known
