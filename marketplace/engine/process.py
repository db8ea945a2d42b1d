"""The engine's life: wait, follow, lead, end."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import structlog
from django.db import DatabaseError, InterfaceError, connection

from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.market import Deposed, Market
from marketplace.domain.entry import Answer, Tick
from marketplace.domain.places import Place
from marketplace.domain.refusals import MarketAway, MarketStopped
from marketplace.engine.failpoints import Failpoints
from marketplace.engine.following import Follower
from marketplace.engine.inbox import Inbox, Waiting
from marketplace.engine.leadership import end_silent_leader, try_to_lead
from marketplace.engine.server import Server
from marketplace.engine.switches import Switches
from marketplace.engine.turns import Turns, settle_memory
from timetable.queries import wall_now

log = structlog.get_logger(__name__)
IDS_AT_ONCE = 500
LOOK_EVERY_S = 0.05
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
        _lead(*_wait(), path, address)
    except Ended:
        return 0
    except (Deposed, MarketAway):
        log.warning("engine_deposed")
        return 3
    except (DatabaseError, InterfaceError):
        # The book in memory may be ahead of the database: only a new process is sure of it.
        log.exception("engine_lost_database")
        return 4
    finally:
        connection.close()
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise Ended


def _wait() -> tuple[Market, int]:
    """Follow the leader's journal until the lead is ours; return the book and the term."""
    follower = Follower(Market(ids_at_once=IDS_AT_ONCE))
    while (term := try_to_lead(wall_now())) is None:
        if end_silent_leader(wall_now()):
            continue
        follower.follow()
        time.sleep(LOOK_EVERY_S)
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
    return market, term


def _lead(market: Market, term: int, path: Path | None, address: Place | None) -> None:
    settle_memory()
    inbox = Inbox()
    server = Server(path, inbox, address=address, term=term)
    fail = Failpoints(os.environ.get("GRIDHOUR_FAILPOINT", ""))
    turns = Turns(market, term, fail=fail)
    server.open()
    try:
        _take_turns(turns, inbox, server)
    finally:
        server.close()


def _take_turns(turns: Turns, inbox: Inbox, server: Server) -> None:
    rested = time.monotonic()
    switches = Switches(turns)
    while True:
        taken = inbox.take(REST_EVERY_S)
        if taken:
            server.answer(taken, _answers(turns, taken))
        if not taken or time.monotonic() - rested > 2 * REST_EVERY_S:
            turns.rest()
            rested = time.monotonic()
        switches.look()
        if turns.turns % MEMORY_EVERY_TURNS == 0:
            turns.check_memory()


def _answers(turns: Turns, taken: list[Waiting]) -> list[Answer]:
    entries = [entry for waiting in taken for entry in waiting.call.commands]
    try:
        return list(turns.take(entries))
    except MarketStopped as stopped:
        return [answer_of_refusal(stopped)] * len(entries)
