"""The engine's client: whichever of its places leads, by one connection a process."""

import os
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec
from django.conf import settings
from msgspec.structs import replace

from marketplace.adapters.wire import Unanswered, Wire
from marketplace.domain.entry import Answer, Call, OutcomeOf, Queued, Reply, Said
from marketplace.domain.places import Place, places_of
from marketplace.domain.refusals import MarketAway, MarketBusy

_encode = msgspec.json.Encoder().encode
_places = lru_cache(maxsize=8)(places_of)


class _Line:
    """The connection that is used now; made at the first call and again after a failure."""

    def __init__(self) -> None:
        self._wire: Wire | None = None
        self._place: Place | None = None
        self._choosing = threading.Lock()

    def wire(self) -> Wire:
        """Return a connection to the engine that leads; raises an OSError when none answers."""
        places = _places(str(settings.ENGINE_SOCKET))
        wire = self._wire
        if wire is not None and not wire.ended and not wire.is_silent and self._place in places:
            return wire
        with self._choosing:
            if self._wire is not wire and self._wire is not None and not self._wire.ended:
                return self._wire
            # What still waits on a silent connection may be answered there after all.
            self._wire, self._place = _first_that_answers(places)
            return self._wire

    def drop(self) -> None:
        """Hang up; the next call connects anew."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def forget(self) -> None:
        """Begin without the connection of a parent process."""
        self.__init__()  # type: ignore[misc]


_line = _Line()
os.register_at_fork(after_in_child=_line.forget)


def call_engine(entries: Sequence[Said]) -> tuple[Answer, ...]:
    """Send entries to the engine and return its answers, which are durable.

    Refuses with MarketBusy when nothing was sent, and with MarketAway when the answer is
    unknown: the same entries with the same ids may be sent again.
    """
    commands = tuple(entries)
    return _ask(lambda number: _encode(Call(id=number, commands=commands)) + b"\n").answers


def queue_at_engine(entries: Sequence[Said]) -> Queued:
    """Send entries and return where the engine has queued them; nothing is durable yet.

    Refuses like `call_engine`.
    """
    commands = tuple(entries)
    reply = _ask(lambda number: _encode(Call(id=number, commands=commands, early=True)) + b"\n")
    if not reply.place:
        raise MarketBusy
    return Queued(term=reply.term, place=reply.place)


def outcome_at_engine(sought: OutcomeOf) -> Answer | None:
    """Return what the engine remembers of an early entry; None when it knows nothing of it."""
    call = Call(id=0, commands=(), outcome_of=sought)
    reply = _ask(lambda number: _encode(replace(call, id=number)) + b"\n")
    return reply.answers[0] if reply.answers else None


def _ask(line: Callable[[int], bytes]) -> Reply:
    try:
        return _line.wire().call(line)
    except Unanswered as problem:
        raise MarketAway from problem
    except OSError as problem:
        raise MarketBusy from problem


def _first_that_answers(places: Sequence[Place]) -> tuple[Wire, Place]:
    """Return a connection to the first place where an engine leads: a standby does not listen."""
    last: OSError | None = None
    for place in places:
        try:
            return Wire(place), place
        except OSError as problem:
            last = problem
    raise last or ConnectionError("no place is named")
