"""The one way in which the house asks the market: the engine's socket, or a turn of our own."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from counter.waking import announce
from marketplace.actions.answers import refusal_of_answer
from marketplace.actions.market import Market
from marketplace.adapters.engine import call_engine
from marketplace.domain.entry import Answer, Said, Tick
from marketplace.domain.refusals import MarketBusy
from timetable.queries import wall_now


def ask(entry: Said, *, now: datetime) -> Answer:
    """Return the market's answer to one entry; raises what it refused."""
    answer = ask_all([entry], now=now)[0]
    if answer.refused:
        raise refusal_of_answer(answer)
    return answer


def ask_all(entries: Sequence[Said], *, now: datetime | None) -> Sequence[Answer]:
    """Return an answer for each entry, refusals among them; all of them in one commit.

    Without `now`, and wherever an engine runs (`ENGINE_SOCKET`), the market's clock counts;
    nothing may be open here then: an order is durable or it is not. Without an engine, this
    process takes the market's lock itself.
    """
    if settings.ENGINE_SOCKET:
        if connection.in_atomic_block:
            message = "the market is never asked inside an open transaction"
            raise RuntimeError(message)
        return call_engine(entries)
    return _take_own_turn(entries, now)


def _take_own_turn(entries: Sequence[Said], now: datetime | None) -> Sequence[Answer]:
    market = Market()
    try:
        with transaction.atomic():
            answers = market.take_turn(entries, now=now, wall=wall_now())
            if market.turn.trades:
                announce("traded")
    except OperationalError as problem:
        if isinstance(problem.__cause__, LockNotAvailable):
            raise MarketBusy from problem
        raise
    return answers


def look_around(now: datetime) -> int:
    """Let the market see the clock and changed facts; return how much of it that ended."""
    if settings.ENGINE_SOCKET and connection.in_atomic_block:
        # The engine hears of it after the commit, by itself.
        return 0
    return ask(Tick(), now=now).filled
