"""Callers reach the engine that leads, here or across a network; nobody else does."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from marketplace.adapters import engine as client
from marketplace.adapters import wire
from marketplace.domain.entry import Answer, Call, CancelAll, CancelOrder, OutcomeOf, Tick
from marketplace.domain.places import NotAPlace, Place, place_of, places_of
from marketplace.domain.refusals import MarketAway, MarketBusy
from marketplace.engine import inbox as waiting_room
from marketplace.engine.inbox import Inbox
from marketplace.engine.server import Server
from tests.unit.marketplace.certificates import HOST, Authority
from tests.unit.marketplace.engines import free_port, leading, numbered


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    client._line.drop()
    yield
    client._line.drop()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "house")


@pytest.fixture(params=["path", "tls"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Any, authority: Authority
) -> Place:
    """Where the engine listens: the same is true of both."""
    settings.ENGINE_TLS = authority.files_for("engine")
    found = Place(str(tmp_path / "e.sock")) if request.param == "path" else Place(HOST, free_port())
    settings.ENGINE_SOCKET = str(found)
    return found


def test_many_threads_share_one_connection_and_each_hears_its_own(place: Place) -> None:
    heard: list[list[int]] = []

    def echo(asked: Call) -> list[Answer]:
        return [Answer(number=entry.member) for entry in asked.commands]  # type: ignore[union-attr]

    def talk(member: int) -> None:
        for turn in range(50):
            entries = [CancelAll(member=member * 1000 + turn)] * (1 + turn % 3)
            answers = client.call_engine(entries)
            heard.append([answer.number for answer in answers])
            assert [answer.number for answer in answers] == [member * 1000 + turn] * len(entries)

    with leading(place, echo) as server:
        threads = [Thread(target=talk, args=(member,)) for member in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert len(heard) == 400
        assert len(server.callers) == 1


def test_what_was_never_sent_is_told_from_what_may_have_happened(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.2)
    with pytest.raises(MarketBusy):
        client.call_engine([Tick()])
    stop = time.monotonic() + 0.5

    def late(asked: Call) -> list[Answer]:
        time.sleep(max(stop - time.monotonic(), 0))
        return [Answer()] * len(asked.commands)

    with leading(place, late), pytest.raises(MarketAway):
        client.call_engine([Tick()])


def test_who_waits_when_the_engine_ends_is_told_that_it_may_have_happened(place: Place) -> None:
    refused: list[str] = []

    def ask() -> None:
        try:
            client.call_engine([Tick()])
        except MarketAway as away:
            refused.append(away.code)

    inbox = Inbox()
    path = Path(place.name) if place.is_path else None
    server = Server(path, inbox, address=None if place.is_path else place)
    server.open()
    thread = Thread(target=ask)
    thread.start()
    assert inbox.take(5)
    server.close()
    thread.join(5)

    assert refused == ["E-BUSY-02"]


def test_who_waits_on_a_stopped_engine_is_told_as_soon_as_another_listens(
    tmp_path: Path, settings: Any
) -> None:
    place = Place(str(tmp_path / "e.sock"))
    settings.ENGINE_SOCKET = str(place)
    stopped = Server(Path(place.name), Inbox())
    stopped.open()
    refused: list[str] = []

    def ask() -> None:
        try:
            client.call_engine([Tick()])
        except MarketAway as away:
            refused.append(away.code)

    thread = Thread(target=ask)
    thread.start()
    assert stopped.inbox.take(5)
    began = time.monotonic()
    with leading(place, numbered(2)):
        thread.join(5)
        assert refused == ["E-BUSY-02"]
        assert time.monotonic() - began < wire.SILENT_SECONDS
        assert client.call_engine([Tick()])[0].number == 2
    stopped.close()


def test_the_client_connects_anew_to_the_engine_that_took_over(place: Place) -> None:
    with leading(place, numbered(1)):
        assert client.call_engine([Tick()])[0].number == 1
    deadline = time.monotonic() + 5
    with leading(place, numbered(2)):
        while True:
            try:
                assert client.call_engine([Tick(), Tick()])[1].number == 2
            except (MarketAway, MarketBusy):
                assert time.monotonic() < deadline
            else:
                break


def test_the_places_are_tried_in_order_until_one_leads(
    place: Place, settings: Any, tmp_path: Path
) -> None:
    other = tmp_path / "standby.sock"
    settings.ENGINE_SOCKET = f"{other}, tls://{HOST}:{free_port()},{place}"
    with leading(place, numbered(3)):
        assert client.call_engine([Tick()])[0].number == 3


def test_calls_leave_an_engine_that_says_nothing_for_the_one_that_leads(
    place: Place, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SILENT_SECONDS", 0.1)
    waits: list[bool] = []

    def stuck(asked: Call) -> list[Answer]:
        waits.append(True)
        time.sleep(1.0)
        return [Answer(number=1)] * len(asked.commands)

    def ask() -> None:
        # At a path it is told at once that another leads: then the outcome is unknown.
        with suppress(MarketAway):
            client.call_engine([Tick()])

    # At a path the next one takes its place; over a network it listens elsewhere.
    after = place if place.is_path else Place(HOST, free_port())
    with leading(place, stuck):
        first = Thread(target=ask)
        first.start()
        while not waits:
            time.sleep(0.01)
        time.sleep(0.2)
        settings.ENGINE_SOCKET = str(after)
        with leading(after, numbered(2)):
            assert client.call_engine([Tick()])[0].number == 2
        first.join(5)


def test_who_was_not_answered_asks_the_engine_that_leads_next(
    place: Place, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.3)
    held = [True]

    def stopped(asked: Call) -> list[Answer]:
        while held:
            time.sleep(0.01)
        return [Answer(number=1)] * len(asked.commands)

    after = place if place.is_path else Place(HOST, free_port())
    with leading(place, stopped):
        with pytest.raises(MarketAway):
            client.call_engine([Tick()])
        settings.ENGINE_SOCKET = f"{after},{place}"
        with leading(after, numbered(2)):
            assert client.call_engine([Tick()])[0].number == 2
        held.clear()


def test_a_full_queue_says_busy_and_nothing_grows(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "MOST_WAITING", 4)
    with leading(place, numbered(1)):
        answers = client.call_engine([CancelAll(member=1)] * 5)
        assert {answer.refused for answer in answers} == {"MarketBusy"}
        with pytest.raises(MarketBusy):
            client.queue_at_engine([CancelAll(member=1)] * 5)


def test_an_early_entry_is_queued_under_a_place_and_its_outcome_is_read_later(
    place: Place,
) -> None:
    held: list[bool] = [True]

    def slow(asked: Call) -> list[Answer]:
        while held:
            time.sleep(0.01)
        return [Answer(refused="MarketBusy"), Answer(id=5, state="CANCELLED")]

    def outcome(member: int, client_id: str) -> Answer | None:
        return client.outcome_at_engine(OutcomeOf(member=member, client_id=client_id))

    entries = [
        CancelOrder(member=7, order_id=4, client_id="a"),
        CancelOrder(member=7, order_id=5, client_id="b"),
    ]
    with leading(place, slow, term=9):
        queued = client.queue_at_engine(entries)
        assert (queued.term, queued.place) == (9, 1)
        waiting = outcome(7, "a")
        assert waiting is not None
        assert waiting.state == "WAITING"
        assert outcome(8, "a") is None
        held.clear()
        assert client.call_engine([]) is not None
        done, refused = outcome(7, "b"), outcome(7, "a")
        assert done is not None
        assert refused is not None
        assert (done.id, done.state, refused.refused) == (5, "CANCELLED", "MarketBusy")


def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "e.sock"
    settings.ENGINE_SOCKET = str(path)

    def wrong(line: socket.socket) -> None:
        with line:
            line.recv(1 << 16)
            line.sendall(msgspec.json.encode({"id": 0, "error": "another version"}) + b"\n")

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(path))
        other.listen()
        thread = Thread(target=lambda: wrong(other.accept()[0]), daemon=True)
        thread.start()
        with pytest.raises(MarketAway):
            client.call_engine([Tick()])
        thread.join(5)


@pytest.mark.parametrize(
    "text", ["tls://host", "tls://:1", "tls://h:0", "tls://h:70000", "http://h:1", "x" * 101]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(NotAPlace):
        place_of(text)


def test_places_are_read_in_order() -> None:
    assert [str(one) for one in places_of("/run/e.sock, tls://a:7000,tls://[::1]:7001,")] == [
        "/run/e.sock",
        "tls://a:7000",
        "tls://[::1]:7001",
    ]
