"""What the market knows between turns: the book, facts, what is open, where the journal stands."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from exchange.book import Book
from exchange.book import commands as said
from exchange.book.events import Halted, Happened, Resumed
from marketplace.actions.gone import Gone, Named, gone
from marketplace.actions.hearing import Facts, Told
from marketplace.actions.known import LISTINGS, ORDERS
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
        # What this turn's entries name and is not open, as the turn's opening read it.
        self.gone = Gone((), self.is_open)
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

    def is_open(self, name: Named) -> bool:
        """Tell whether the member has it open."""
        table, member, pk = name
        if table == ORDERS:
            order = self.orders.get(pk)
            return order is not None and order.buyer == member
        listing = self.listings.get(pk)
        return listing is not None and listing.seller == member

    def open_order(self, order_id: int, member: int) -> OpenOrder:
        """Return the member's open order; refuses one that has ended, or is not the member's.

        The book is not asked: what has ended is no longer in its memory after a restart.
        """
        if self.is_open(name := (ORDERS, member, order_id)):
            return self.orders[order_id]
        ended = self.turn.touched_orders.get(order_id)
        if ended is not None and ended.buyer == member:
            raise gone(ended.state, CANCELLED)
        raise gone(self._state_of(name), CANCELLED)

    def open_listing(self, listing_id: int, member: int) -> OpenListing:
        """Return the member's open listing; refuses like `open_order`."""
        if self.is_open(name := (LISTINGS, member, listing_id)):
            return self.listings[listing_id]
        ended = self.turn.touched_listings.get(listing_id)
        if ended is not None and ended.seller == member:
            raise gone(ended.state, WITHDRAWN)
        raise gone(self._state_of(name), WITHDRAWN)

    def _state_of(self, name: Named) -> str | None:
        """Return the state of what is not open, as the tables have it."""
        if self.gone.was_asked(name):
            return self.gone.state_of(name)
        # The book was loaded anew after the turn was opened, or no turn was.
        table, member, pk = name
        if table == ORDERS:
            orders = Order.objects.filter(pk=pk, buyer_id=member)
            return orders.values_list("state", flat=True).first()
        listings = Listing.objects.filter(pk=pk, seller_id=member)
        return listings.values_list("state", flat=True).first()
