"""The book and the slow reference answer every command alike, and no law is broken.

`make test` sends 20,000 commands, `make nightly` and GRIDHOUR_TEST_FULL=1 a million.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from exchange.book import Book
from exchange.book import commands as say
from exchange.book import events as happened
from tests.property.book_commands import command_of, prelude
from tests.property.book_days import auction_days, days, plainer_days
from tests.property.book_laws import Watcher
from tests.reference_book.book import Book as ReferenceBook
from tests.reference_book.mistakes import AGAINST_THE_LAW, MISTAKES

ONCE: Any = {"phases": (Phase.generate,), "database": None}
WAYS: tuple[Any, ...] = (days, plainer_days, auction_days)
SHARDS = 4
# Each way draws some fifteen thousand commands a round; what is planted is found in the first.
ROUNDS, EXAMPLES_A_ROUND = 3, 300
STEPS = 1_000_000 if os.environ.get("GRIDHOUR_TEST_FULL") else 20_000
NAMED = {
    "E-CAP-01": ("free", "hour"),
    "E-COLLAR-01": ("price_micros", "bound_micros", "chip"),
    "E-FUNDS-01": ("wanted_micros", "available_micros"),
    "E-HALT-01": ("scope", "reason"),
    "E-MEMBER-01": ("state",),
    "E-MEMBER-02": ("capability",),
    "E-STATE-01": ("state",),
    "E-VERSION-01": ("version",),
}


class AnyBook(Protocol):
    def apply(self, said: say.Said) -> list[happened.Happened]: ...


class Difference(AssertionError):
    """Two books that answered one command differently."""


def told(event: happened.Happened) -> Any:
    """Return an event as it is compared: of a refusal the code, the field and the named facts."""
    if isinstance(event, happened.Rejected):
        return event.code, event.field, {n: event.facts.get(n) for n in NAMED.get(event.code, ())}
    return msgspec.to_builtins(event) | {"event": type(event).__name__}


def restored(book: Any) -> Any:
    """Return the book as it comes back from its own JSON, where it can; it must be the same."""
    if not hasattr(book, "restore"):
        return book
    again = type(book).restore(json.loads(json.dumps(book.state())))
    assert again.digest() == book.digest()
    assert again.state() == book.state()
    return again


class Comparison:
    """Sends days of commands to a book and to the reference, and counts them."""

    def __init__(
        self, make: Callable[[], AnyBook], reference: Callable[[], AnyBook] = ReferenceBook
    ) -> None:
        self.make = make
        self.reference = reference
        self.steps = 0
        self.kinds: Counter[str] = Counter()

    def day(self, drawn: list[bytes]) -> None:
        """Both must say the same to each command, and what they say must be lawful."""
        book, reference, watcher = self.make(), self.reference(), Watcher()
        for fact in prelude():
            assert book.apply(fact) == reference.apply(fact) == []
            watcher.saw(fact, [])
        sent: list[say.Said] = []
        for choices in drawn:
            said = command_of(choices, watcher)
            if said is None:
                continue
            self.steps += 1
            sent.append(said)
            found, right = book.apply(said), reference.apply(said)
            if [told(event) for event in found] != [told(event) for event in right]:
                told_so_far = "\n".join(map(str, sent))
                raise Difference(f"{told_so_far}\nwas answered {found}\nnot {right}")
            watcher.saw(said, right)
            if len(sent) % 16 == 0:
                book = restored(book)
        self.kinds.update(watcher.kinds)


def compare(
    comparison: Comparison,
    *,
    examples: int,
    way: Any = days,
    begin: int | None = None,
    **asked: Any,
) -> None:
    """Spend that many days with the book; raises Difference, or the law that was broken.

    `begin` is where chance begins: the same days again.
    """
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    asked = {"deadline": None, "suppress_health_check": quiet, **asked}
    spend = settings(max_examples=examples, **asked)(given(way)(comparison.day))
    (spend if begin is None else seed(begin)(spend))()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_book_answers_as_the_reference_does(shard: int) -> None:
    comparison = Comparison(Book)
    while comparison.steps < STEPS // SHARDS:
        compare(comparison, examples=100, way=WAYS[shard % len(WAYS)])
    assert comparison.steps >= STEPS // SHARDS


def spend_all_ways(comparison: Comparison) -> None:
    """Spend days of every kind, until something is found or the rounds are over."""
    for begin in range(ROUNDS):
        for way in WAYS:
            compare(comparison, examples=EXAMPLES_A_ROUND, way=way, begin=begin, **ONCE)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_planted_mistake_is_found(mistake: type[ReferenceBook]) -> None:
    with pytest.raises(Difference):
        spend_all_ways(Comparison(mistake))


@pytest.mark.parametrize("mistake", AGAINST_THE_LAW, ids=lambda mistake: mistake.__name__)
def test_the_laws_alone_find_a_mistake_that_both_books_make(mistake: type[ReferenceBook]) -> None:
    with pytest.raises(AssertionError) as caught:
        spend_all_ways(Comparison(mistake, mistake))
    assert not isinstance(caught.value, Difference)
