"""What the market knows between turns: the book, facts, what is open, where the journal stands."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from exchange.book import Book
from exchange.book import commands as said
from exchange.book.events import Halted, Happened, Resumed
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from marketplace.actions.hearing import Facts, Told
from marketplace.actions.loading import lay_open
from marketplace.actions.numbers import Numbers
from marketplace.actions.standing import OpenListing, OpenOrder
from marketplace.actions.turn import Turn
from marketplace.domain.lifecycles import CANCELLED, WITHDRAWN
from marketplace.models import Listing, Order
from marketplace.queries.messages import messages_of_last_second


class Memory:
    """The book in memory with all that belongs to it. It proposes; the database disposes."""

    def __init__(self, *, ids_at_once: int = 1) -> None:
        """Begin without memory: the first turn loads it."""
        self.numbers = Numbers(ids_at_once)
        self.loaded = False
        self.book = Book()
        self.facts = Facts()
        self.orders: dict[int, OpenOrder] = {}
        self.listings: dict[int, OpenListing] = {}
        self.journal = 0
        self.chain = ""
        self.now = datetime(1970, 1, 1, tzinfo=UTC)
        self.commands: list[said.Said] = []
        self.happened: list[Happened] = []
        self.turned: Turn | None = None
        # The hash of the entry that is answered now, and the text that it is of.
        self.content, self.sent = "", b""

    def load(self, number: int) -> None:
        """Read all facts and everything open: the book as the last commit left it."""
        self.book, self.facts = Book(), Facts()
        self.orders, self.listings = {}, {}
        for fact in self.facts.read_all(self.now):
            self.book.apply(fact)
        lay_open(self.book, self.orders, self.listings)
        self.book.number = number
        self.book.recall(*messages_of_last_second())
        self.loaded = True

    def load_at(self, number: int, journal: int, chain: str, now: datetime) -> None:
        """Load as a standby, at one instant of the journal; the caller holds the sequence."""
        self.now = now
        self.load(number)
        self.journal, self.chain = journal, chain
        self.facts.second_hand = True

    def new_turn(self) -> Turn:
        """Begin to gather rows."""
        self.turned = Turn(
            self.now,
            orders=self.orders,
            listings=self.listings,
            new_id=self.numbers.take,
            method_of=self.facts.method_of,
            gbps_of=lambda link: self.facts.links[link].gbps,
        )
        return self.turned

    @property
    def turn(self) -> Turn:
        """Return the turn under way."""
        assert self.turned is not None
        return self.turned

    def say(self, command: said.Said) -> list[Happened]:
        """Say a command to the book; keep it and what happened for the journal."""
        happened = self.book.apply(command)
        self.commands.append(command)
        self.happened += happened
        return happened

    def tell(self, facts: Iterable[Told]) -> None:
        """Say facts to the book, write what they ended, and number halts and resumes."""
        for fact, halt_id in facts:
            happened = self.say(fact)
            self.turn.hear(happened)
            if halt_id is not None:
                for event in happened:
                    self._number_halt(event, halt_id)

    def _number_halt(self, event: Happened, halt_id: int) -> None:
        if isinstance(event, Halted | Resumed):
            began = isinstance(event, Halted)
            facts = {"scope": event.scope, "subject": event.subject}
            if isinstance(event, Halted):
                facts["reason"] = event.reason
            self.turn.note(event.number, "HALTED" if began else "RESUMED", facts=facts)
            column = "halted_number" if began else "resumed_number"
            self.turn.halts.append({"id": halt_id, column: event.number})

    def known_of_pool(self, pool_id: int) -> dict[str, Any]:
        """Return facts of a pool that a refusal's sentence may want and the book does not know."""
        pool = self.facts.pools.get(pool_id)
        devices = 0 if pool is None else pool.devices
        return {"pool": self.facts.codes.get(pool_id, ""), "devices": devices}

    def open_order(self, order_id: int, member: int) -> OpenOrder:
        """Return the member's open order; refuses one that has ended, or is not the member's.

        The book is not asked: what has ended is no longer in its memory after a restart.
        """
        order = self.orders.get(order_id)
        if order is not None and order.buyer == member:
            return order
        rows = Order.objects.filter(pk=order_id, buyer_id=member)
        raise _gone(rows.values_list("state", flat=True).first(), CANCELLED)

    def open_listing(self, listing_id: int, member: int) -> OpenListing:
        """Return the member's open listing; refuses like `open_order`."""
        listing = self.listings.get(listing_id)
        if listing is not None and listing.seller == member:
            return listing
        rows = Listing.objects.filter(pk=listing_id, seller_id=member)
        raise _gone(rows.values_list("state", flat=True).first(), WITHDRAWN)


def _gone(state: str | None, after: str) -> Refused:
    """Return why something could not be ended: nobody knows it, or it has ended already."""
    return NotFound() if state is None else MoveRefused(before=state, after=after)
