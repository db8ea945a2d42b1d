"""The database cannot write, or the process is asked too much: nothing is lost, all are told."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections

from config.invariants import find_violations
from exchange.book import Book
from marketplace.domain.entry import Call, Reply
from marketplace.domain.refusals import MarketAway, MarketBusy
from marketplace.engine import housekeeping, process
from marketplace.engine.inbox import Inbox, Waiting
from marketplace.engine.leadership import end_silent_leader
from marketplace.engine.server import Server
from marketplace.engine.switches import Switches
from marketplace.engine.telling import Teller
from marketplace.models import MarketSequence, Order
from tests.cast import NOON
from tests.trading import Trading
from timetable.queries import wall_now

pytestmark = pytest.mark.django_db(transaction=True)
LOCK_SECONDS = 2.0
FAILS = """
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{state}'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON marketplace_marketevent EXECUTE FUNCTION fails();
"""
NO_MORE = "DROP TRIGGER fails ON marketplace_marketevent; DROP FUNCTION fails();"


@contextmanager
def market_locked() -> Iterator[None]:
    """Somebody has locked the market's own row and does not commit."""
    locked, ending = threading.Event(), threading.Event()

    def hold() -> None:
        other = connections["default"]
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM marketplace_marketsequence FOR UPDATE")
            locked.set()
            ending.wait(30)
            cursor.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(5)
    try:
        yield
    finally:
        ending.set()
        thread.join(5)


@contextmanager
def writing_fails(state: str) -> Iterator[None]:
    """Every turn that writes an event fails with this SQLSTATE."""
    with connection.cursor() as cursor:
        cursor.execute(FAILS.format(state=state))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(NO_MORE)


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def test_who_waits_for_a_locked_market_is_told_in_two_seconds_and_may_send_again(
    trading: Trading,
) -> None:
    buy = trading.buy("patient")
    with market_locked():
        began = time.monotonic()
        with pytest.raises(MarketBusy):
            trading.take(buy)
        assert time.monotonic() - began < LOCK_SECONDS + 1
        trading.turns.rest()

    (answer,) = trading.take(buy)
    assert (answer.state, answer.repeated) == ("OPEN", False)
    assert Order.objects.count() == 1
    assert broken() == []


class Listener:
    """A caller that keeps what it hears, and when."""

    waits_for = 0

    def __init__(self) -> None:
        self.heard: list[tuple[float, Reply]] = []

    def hear(self, replies: list[Reply]) -> None:
        self.heard += [(time.monotonic(), reply) for reply in replies]


def test_a_full_queue_before_a_locked_market_is_answered_busy_and_nothing_of_it_has_happened(
    trading: Trading, tmp_path: Path
) -> None:
    inbox, listener = Inbox(), Listener()
    server = Server(tmp_path / "e.sock", inbox)
    server.open()
    asked = [trading.buy(f"crowd-{number}") for number in range(3_000)]
    for number, buy in enumerate(asked):
        assert inbox.put(Waiting(Call(id=number, commands=(buy,)), listener))
    began = time.monotonic()
    try:
        with market_locked():
            going = iter([True, False])
            process.take_turns(trading.turns, inbox, server, going=lambda: next(going))
    finally:
        server.close()

    told = [reply.answers[0].refused for _, reply in listener.heard]
    assert told == ["MarketBusy"] * len(asked)
    assert listener.heard[-1][0] - began < LOCK_SECONDS + 2
    assert not Order.objects.exists()
    (answer,) = trading.take(asked[0])
    assert answer.state == "OPEN"


@pytest.mark.parametrize("state", ["53100", "58030", "40P01", "57014"])
def test_a_database_that_cannot_write_now_puts_nobody_aside(trading: Trading, state: str) -> None:
    trading.take(trading.sell())
    buy = trading.buy("later")
    with writing_fails(state), pytest.raises(MarketBusy):
        trading.take(trading.buy("other"), buy)

    assert not Order.objects.exists()
    (answer,) = trading.take(buy)
    assert answer.state == "FILLED"
    assert broken() == []


def test_a_database_that_only_reads_is_waited_for(trading: Trading) -> None:
    buy = trading.buy("read-only")
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(MarketBusy):
        trading.take(buy)
    Switches(trading.turns).look()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")

    assert trading.take(buy)[0].state == "OPEN"


def test_any_write_error_ends_in_a_reload(trading: Trading) -> None:
    (kept,) = trading.take(trading.buy("kept"))
    market = trading.turns.market
    before = market.book
    with writing_fails("23514"):
        (answer,) = trading.take(trading.buy("lost"))
    assert answer.refused == "Unwritable"
    assert not market.loaded

    trading.take(trading.buy("next"))

    assert market.book is not before
    assert set(market.orders) == set(Order.objects.values_list("pk", flat=True))
    assert kept.id in market.orders
    standby = trading.standby().market
    assert (standby.journal, standby.chain) == (market.journal, market.chain)


def test_what_was_taken_stays_taken_when_the_database_fails_among_entries_tried_one_by_one(
    trading: Trading,
) -> None:
    world = trading.world
    naive = trading.buy(
        "naive",
        earliest=world.hour(0).replace(tzinfo=None),
        latest=world.hour(9).replace(tzinfo=None),
    )
    passed = iter([*["ok"] * 4, "fail"])

    def fail(point: str) -> None:
        # The turn of both, then the first alone; then writing fails.
        if point == "before_turn" and next(passed, "") == "fail":
            raise MarketBusy

    trading.turns.fail = fail
    first, bad, last = trading.take(trading.buy("first"), naive, trading.buy("last"))

    assert (first.state, bad.refused, last.refused) == ("OPEN", "Unwritable", "MarketBusy")
    assert list(Order.objects.values_list("client_order_id", flat=True)) == ["first"]


def test_an_id_from_before_any_memory_ends_no_engine_however_often_it_comes(
    trading: Trading,
) -> None:
    buy, cancel = trading.buy("old"), trading.cancel(999_999, "old-cancel")
    trading.take(buy)
    trading.take(cancel)
    trading.turns = trading.new_leader()
    number = MarketSequence.objects.get().last_number

    for _ in range(5):
        again, refused, other = trading.take(buy, cancel, trading.buy("old", amount=3))
        assert (again.repeated, refused.refused, other.refused) == (True, "NotFound", "IdReused")

    assert trading.turns.market.loaded
    assert MarketSequence.objects.get().last_number == number
    assert Order.objects.count() == 1


def test_a_leader_that_waits_for_a_lock_is_not_silent(trading: Trading) -> None:
    MarketSequence.objects.update(beat_at=NOON)
    refused: list[bool] = []

    def ask() -> None:
        # Its own session, as an engine of another process has it.
        own = trading.new_leader()
        MarketSequence.objects.update(beat_at=NOON)
        ready.set()
        began.wait(5)
        try:
            own.take([trading.buy("held-up")])
        except MarketBusy:
            refused.append(True)
        connections.close_all()

    connection.close()
    ready, began = threading.Event(), threading.Event()
    thread = threading.Thread(target=ask)
    thread.start()
    assert ready.wait(10)
    with market_locked():
        began.set()
        time.sleep(LOCK_SECONDS / 2)
        assert not end_silent_leader(wall_now())
        thread.join(10)

    assert refused == [True]


def test_garbage_is_never_collected_while_the_engine_leads() -> None:
    try:
        housekeeping.settle_memory()
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 10_000
        # Once more, as after a lost lead: what the last book left is given back.
        housekeeping.settle_memory()
        assert not gc.isenabled()
    finally:
        gc.unfreeze()
        gc.enable()


def test_an_engine_that_has_grown_too_large_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    housekeeping.check_memory(Book())
    monkeypatch.setattr(housekeeping, "MOST_MEMORY_MB", 1)
    with pytest.raises(MarketAway):
        housekeeping.check_memory(Book())


def test_telling_of_trades_never_holds_up_a_turn() -> None:
    hanging, told = threading.Event(), threading.Event()

    def hang(_fact: str) -> None:
        told.set()
        hanging.wait(10)

    teller = Teller(hang)
    began = time.monotonic()
    for _ in range(100):
        teller.tell()

    assert time.monotonic() - began < 1
    assert told.wait(5)
    hanging.set()
