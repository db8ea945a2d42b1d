"""202 promises a place in the engine's queue and no more; what became of it is read later."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.api import believed
from marketplace.actions.market import Market
from marketplace.adapters.engine import _line
from marketplace.engine.inbox import Inbox
from marketplace.engine.server import Server
from marketplace.models import Order
from tests.api.marketplace.conftest import Caller
from tests.api.marketplace.programs import Program, token_of
from tests.api.marketplace.test_orders_api import ORDERS, body
from tests.world import World
from timetable.queries import wall_now

EARLY = {"HTTP_PREFER": "respond-async"}
Turn = Callable[[], int]


@pytest.fixture
def turn(world: World, tmp_path: Path, settings: Any) -> Iterator[Turn]:
    """An engine that queues, and takes its turn when the test says so."""
    inbox = Inbox()
    server = Server(tmp_path / "e.sock", inbox, term=7)
    server.open()
    settings.ENGINE_SOCKET = str(tmp_path / "e.sock")

    def take() -> int:
        taken = inbox.take(5)
        entries = [entry for waiting in taken for entry in waiting.call.commands]
        answers = Market().take_turn(entries, now=world.now, wall=wall_now())
        server.answer(taken, answers)
        return len(entries)

    yield take
    _line.drop()
    server.close()
    believed.disbelieve_all()


@pytest.fixture
def ben(world: World, turn: Turn) -> Program:
    return Program(token_of(world, world.cast.ben, "orders"))


def test_an_order_is_queued_then_placed_and_its_outcome_read(
    world: World, ben: Program, caller: Caller, turn: Turn
) -> None:
    told = ben.post(ORDERS, body(world), **EARLY)

    assert (told.short, told.status_code) == (True, 202), told.content
    assert told.headers["Preference-Applied"] == "respond-async"
    waits = told.json()
    assert (waits["term"], waits["place"]) == (7, 1)
    reader, stranger = caller(world.cast.ben), caller(world.cast.dana)
    assert not Order.objects.exists()
    assert reader.get(waits["outcome"]).json() == {"state": "WAITING", "answer": None}
    assert stranger.get(waits["outcome"]).status_code == 404

    assert turn() == 1

    outcome = reader.get(waits["outcome"]).json()
    assert (outcome["state"], outcome["answer"]["id"]) == ("DONE", Order.objects.get().pk)
    assert stranger.get(waits["outcome"]).status_code == 404


def test_a_refusal_is_an_outcome_too(
    world: World, ben: Program, caller: Caller, turn: Turn
) -> None:
    waits = ben.post(ORDERS, body(world, amount=10**6), **EARLY).json()
    turn()

    outcome = caller(world.cast.ben).get(waits["outcome"]).json()
    assert (outcome["state"], outcome["answer"]["code"]) == ("DONE", "E-FUNDS-01")


def test_what_is_wrong_by_itself_is_never_queued(world: World, ben: Program) -> None:
    for path, sent, status, code in (
        (ORDERS, body(world, amount=0), 422, "E-RANGE-01"),
        (f"{ORDERS}cancel-all/", None, 422, "E-IDEM-02"),
        (f"{ORDERS}5/cancel/", {}, 422, "E-IDEM-02"),
    ):
        answer = ben.post(path, sent, **EARLY)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_batch_is_queued_entry_by_entry(
    world: World, ben: Program, caller: Caller, turn: Turn
) -> None:
    sent = [
        {"do": "place_order", **body(world, client_order_id="a b/ü")},
        {"do": "place_order", **body(world, amount=0)},
        {"do": "cancel_all", "client_id": "all"},
    ]

    answer = ben.post(f"{ORDERS}batch/", {"entries": sent}, **EARLY)

    assert answer.status_code == 202
    first, wrong, last = answer.json()["answers"]
    assert (first["place"], wrong["status"], last["place"]) == (1, 422, 2)
    assert turn() == 2
    reader = caller(world.cast.ben)
    assert reader.get(first["outcome"]).json()["answer"]["state"] == "CANCELLED"
    assert reader.get(last["outcome"]).json()["answer"]["filled"] == 1


def test_both_ways_queue_alike(world: World, ben: Program) -> None:
    token = ben.headers["HTTP_AUTHORIZATION"]
    answer = Client().post(
        ORDERS,
        body(world),
        content_type="application/json",
        headers={"Authorization": token, "Prefer": "respond-async"},
    )

    assert (answer.status_code, answer.json()["place"]) == (202, 1)


def test_an_outcome_is_asked_for_by_one_id(world: World, ben: Program, caller: Caller) -> None:
    reader = caller(world.cast.ben)
    for query, status in (
        ("", 400),
        ("?client_order_id=a&client_id=b", 400),
        ("?client_id=never", 404),
    ):
        assert reader.get(f"{ORDERS}outcome/{query}").status_code == status


def test_without_an_engine_nobody_is_answered_early(world: World, settings: Any) -> None:
    settings.ENGINE_SOCKET = ""
    program = Program(token_of(world, world.cast.ben, "orders"))

    assert program.post(ORDERS, body(world), **EARLY).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_an_engine_that_is_away_is_told_with_the_time_to_come_again(
    world: World, settings: Any, tmp_path: Path
) -> None:
    program = Program(token_of(world, world.cast.ben, "orders"))
    settings.ENGINE_SOCKET = str(tmp_path / "nobody.sock")
    for more in ({}, EARLY):
        for path, sent in (
            (ORDERS, body(world)),
            (f"{ORDERS}batch/", {"orders": [body(world)]}),
            (f"{ORDERS}cancel-all/", {"client_id": "x"}),
        ):
            for _ in ("long", "short"):
                answer = program.post(path, sent, **more)
                told = (answer.status_code, answer.json()["code"], answer.headers["Retry-After"])
                assert told == (503, "E-BUSY-01", "1")
    believed.disbelieve_all()
