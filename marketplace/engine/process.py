"""The engine's life: wait, follow, lead, and wait again when the lead is lost."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import structlog
from django.db import DatabaseError, InterfaceError, connection

from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.market import Deposed, Market
from marketplace.domain.entry import Tick
from marketplace.domain.places import Place
from marketplace.domain.refusals import MarketAway, MarketBusy, MarketStopped
from marketplace.engine.failpoints import Failpoints
from marketplace.engine.following import Follower
from marketplace.engine.housekeeping import check_memory, settle_memory
from marketplace.engine.inbox import Inbox, Waiting
from marketplace.engine.leadership import end_silent_leader, try_to_lead
from marketplace.engine.server import Server
from marketplace.engine.switches import Switches
from marketplace.engine.turns import Turns
from timetable.queries import wall_now

log = structlog.get_logger(__name__)
IDS_AT_ONCE = 500
LOOK_EVERY_S = 0.05
# A database that is away is looked for as often as that.
RETURN_EVERY_S = 0.1
REST_EVERY_S = 0.25
MEMORY_EVERY_TURNS = 1_000
# The thread that writes gives way to the socket's thread this often.
SWITCH_S = 0.0005


class Ended(BaseException):
    """Somebody asked the process to end: no failure of an entry, whenever it comes."""


def run(path: Path | None, address: Place | None = None) -> int:
    """Lead or wait to lead, until told to end; return the process's exit code."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    sys.setswitchinterval(SWITCH_S)
    try:
        while True:
            _lead_once(path, address)
    except Ended:
        return 0
    except MarketAway:
        log.warning("engine_ends_itself")
        return 3
    finally:
        connection.close()


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise Ended


def _lead_once(path: Path | None, address: Place | None) -> None:
    """Wait for the lead and keep it until it is lost.

    What was in memory may be ahead of the database then: it is forgotten with the session, and
    waiting begins with another book.
    """
    market, term = _wait()
    try:
        _lead(market, term, path, address)
    except Deposed:
        log.warning("engine_deposed", term=term)
    except (DatabaseError, InterfaceError):
        log.exception("engine_lost_database", term=term)
    finally:
        connection.close()


def _wait() -> tuple[Market, int]:
    """Follow the leader's journal until the lead is ours; return the book and the term.

    A database that goes away is waited for, with the book kept warm: what was read of it was
    durable, and where it should not be, the chain tells.
    """
    settle_memory()
    follower = Follower(Market(ids_at_once=IDS_AT_ONCE))
    away = False
    while True:
        try:
            term = _look(follower)
            if term is not None:
                return follower.market, term
        except (Deposed, DatabaseError, InterfaceError):
            if not away:
                log.warning("engine_waits_for_database", exc_info=True)
            away = True
            # With the session goes the lock, if it was ours already.
            connection.close()
            time.sleep(RETURN_EVERY_S)
            continue
        away = False
        check_memory(follower.market.book)
        time.sleep(LOOK_EVERY_S)


def _look(follower: Follower) -> int | None:
    """Take the lead where there is none; end a leader that is silent; or follow."""
    if not follower.market.loaded:
        # Before we ask for the lead: who has a book already shall have it.
        follower.follow()
    term = try_to_lead(wall_now())
    if term is not None:
        _take_over(follower, term)
    elif not end_silent_leader(wall_now()):
        follower.follow()
    return term


def _take_over(follower: Follower, term: int) -> None:
    """Catch up with the last leader, and see that we may write."""
    market = follower.market
    market.epoch = term
    began = time.monotonic()
    follower.follow()
    # A market that stopped itself is led all the same: somebody has to tell the callers.
    with suppress(MarketStopped):
        market.take_turn([Tick()], wall=wall_now())
    log.info(
        "engine_leads",
        term=term,
        number=market.book.number,
        open_orders=len(market.orders),
        open_listings=len(market.listings),
        seconds=round(time.monotonic() - began, 3),
    )


def _lead(market: Market, term: int, path: Path | None, address: Place | None) -> None:
    inbox = Inbox()
    server = Server(path, inbox, address=address, term=term)
    fail = Failpoints(os.environ.get("GRIDHOUR_FAILPOINT", ""))
    turns = Turns(market, term, fail=fail)
    server.open()
    try:
        take_turns(turns, inbox, server)
    finally:
        server.close()


def take_turns(
    turns: Turns, inbox: Inbox, server: Server, *, going: Callable[[], bool] = lambda: True
) -> None:
    """Take turn after turn, and rest where nobody asks, as long as it goes."""
    rested = time.monotonic()
    switches = Switches(turns)
    while going():
        taken = inbox.take(REST_EVERY_S)
        if taken:
            _serve(turns, inbox, server, taken)
        if not taken or time.monotonic() - rested > 2 * REST_EVERY_S:
            turns.rest()
            rested = time.monotonic()
        switches.look()
        if turns.turns % MEMORY_EVERY_TURNS == 0:
            check_memory(turns.market.book)


def _serve(turns: Turns, inbox: Inbox, server: Server, taken: list[Waiting]) -> None:
    """Answer what was taken; while the database cannot write, what waits behind it too."""
    try:
        answers = list(turns.take([said for waiting in taken for said in waiting.call.commands]))
    except (MarketStopped, MarketBusy) as refusal:
        if isinstance(refusal, MarketBusy):
            # Nobody waits for a lock twice.
            taken += inbox.take_all()
        count = sum(len(waiting.call.commands) for waiting in taken)
        answers = [answer_of_refusal(refusal)] * count
    server.answer(taken, answers)
