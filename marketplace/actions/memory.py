"""What the market knows between turns: the book, facts, what is open, where the journal stands."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from exchange.book import Book
from exchange.book import commands as said
from exchange.book.events import Halted, Happened, Rejected, Resumed
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from marketplace.actions.answers import refusal_of
from marketplace.actions.hearing import Facts, Told
from marketplace.actions.loading import lay_open
from marketplace.actions.numbers import Numbers
from marketplace.actions.standing import OpenListing, OpenOrder
from marketplace.actions.turn import Turn
from marketplace.domain.lifecycles import CANCELLED, WITHDRAWN
from marketplace.models import Listing, Order


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

    def load(self, number: int) -> None:
        """Read all facts and everything open: the book as the last commit left it."""
        self.book, self.facts = Book(), Facts()
        self.orders, self.listings = {}, {}
        for fact in self.facts.read_all(self.now):
            self.book.apply(fact)
        lay_open(self.book, self.orders, self.listings)
        self.book.number = number
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

    def gone(self, happened: list[Happened], **wanted: int) -> Refused:
        """Return why something could not be changed: unknown, another's, or ended already."""
        first = happened[0]
        assert isinstance(first, Rejected)
        if first.code not in {"E-NOT-FOUND", "E-STATE-01"}:
            return refusal_of(first, selling="listing_id" in wanted, **self._known_of(wanted))
        member = wanted["member"]
        if "order_id" in wanted:
            after, orders = CANCELLED, Order.objects.filter(pk=wanted["order_id"], buyer_id=member)
            state = orders.values_list("state", flat=True).first()
        else:
            listings = Listing.objects.filter(pk=wanted["listing_id"], seller_id=member)
            after, state = WITHDRAWN, listings.values_list("state", flat=True).first()
        return NotFound() if state is None else MoveRefused(before=state, after=after)

    def _known_of(self, wanted: dict[str, int]) -> dict[str, Any]:
        """Return facts that a refusal's sentence may want and the book does not know."""
        listing = self.listings.get(wanted.get("listing_id", 0))
        if listing is None:
            return {}
        pool = self.facts.pools[listing.pool]
        return {"pool": self.facts.codes.get(listing.pool, ""), "devices": pool.devices}
