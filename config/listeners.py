"""Who listens at the events door: bounded inboxes, and no waiting for the slow."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_LISTENERS = 2_000
INBOX = 64


@dataclass(frozen=True)
class Parcel:
    """Messages for a listener: (number, text), where a fact has no number; up to `last`.

    After a `reset` the numbers begin from `last` anew, wherever the listener was.
    """

    lines: tuple[tuple[int, str], ...]
    last: int = 0
    reset: bool = False


@dataclass(eq=False)
class Listener:
    """One open stream: of facts, and of a product's increments when it names one."""

    product: str = ""
    seen: int = 0
    dropped: bool = False
    inbox: "asyncio.Queue[Parcel]" = field(default_factory=lambda: asyncio.Queue(INBOX))

    def offer(self, parcel: Parcel) -> None:
        """Put a parcel into the inbox; who has no room left is dropped and comes back."""
        try:
            self.inbox.put_nowait(parcel)
        except asyncio.QueueFull:
            self.dropped = True

    def text_of(self, parcel: Parcel) -> str:
        """Return what of a parcel was not seen yet, and remember how far it goes."""
        fresh = [line for line in parcel.lines if not line[0] or line[0] > self.seen]
        text = "".join(line for _number, line in fresh)
        if parcel.reset:
            self.seen = parcel.last
        elif parcel.last > self.seen:
            self.seen = parcel.last
            if not fresh or fresh[-1][0] != parcel.last:
                # An id alone moves the browser's Last-Event-ID on, and says nothing to the page.
                text += f"id: {parcel.last}\n\n"
        return text


class Listeners:
    """All open streams of this process."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.all: set[Listener] = set()

    def __len__(self) -> int:
        return len(self.all)

    @property
    def full(self) -> bool:
        """Tell whether no further stream is taken."""
        return len(self.all) >= MOST_LISTENERS

    @property
    def products(self) -> frozenset[str]:
        """Return the products that somebody follows."""
        return frozenset(one.product for one in self.all if one.product)

    def tell(self, parcel: Parcel, *, product: str = "") -> None:
        """Offer a parcel to everybody, or to the followers of one product."""
        for one in list(self.all):
            if not product or one.product == product:
                one.offer(parcel)
        self.all = {one for one in self.all if not one.dropped}

    def drop_followers(self) -> None:
        """End the streams of increments; their listeners come back with their numbers."""
        for one in self.all:
            if one.product:
                one.offer(Parcel(()))  # wakes who waits
                one.dropped = True
        self.all = {one for one in self.all if not one.dropped}

    def tell_facts(self, facts: Iterable[str]) -> None:
        """Tell everybody what has happened, in words."""
        lines = tuple((0, f"event: {fact}\ndata: {fact}\n\n") for fact in facts)
        if lines:
            self.tell(Parcel(lines))
