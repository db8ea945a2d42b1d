"""The short way for members' programs answers what the long way would, and lets in nobody else."""

from functools import partial
from typing import Any

import pytest

from accounts.api import entry_calls
from marketplace.actions import set_trading_limits
from marketplace.domain.limits import Limits
from marketplace.models import Order
from tests.api.marketplace.programs import Program, long_way, token_of
from tests.api.marketplace.test_orders_api import ORDERS, body
from tests.world import World


@pytest.fixture
def ben(world: World) -> Program:
    """Ben's program."""
    return Program(token_of(world, world.cast.ben, "orders"))


def test_an_order_of_a_known_token_meets_no_framework(world: World, ben: Program) -> None:
    answer = ben.post(ORDERS, body(world))

    assert answer.short
    assert (answer.status_code, answer.json()["state"]) == (201, "OPEN"), answer.content
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["X-Request-ID"]
    assert Order.objects.get().client_order_id == "lab-1"


def entries(world: World) -> list[tuple[str, Any]]:
    """What a program may send, well and badly, to an order that is open under number 1."""
    order = Order.objects.get()
    own = f"{ORDERS}{order.pk}/"
    return [
        (ORDERS, body(world)),
        (ORDERS, body(world, amount=9)),
        (ORDERS, body(world, client_order_id="lab-2", limit_micros=2_000_001)),
        (ORDERS, body(world, client_order_id="lab-2", earliest="2026-11-24T00:00:00")),
        (ORDERS, None),
        (f"{ORDERS}batch/", {"orders": [body(world), {"client_order_id": 7}]}),
        (f"{ORDERS}batch/", {"orders": [], "entries": []}),
        (f"{own}replace/", {"amount": 7}),
        (f"{own}replace/", {"version": 1}),
        (f"{own}replace/", {"version": 10**30, "amount": 7}),
        (f"{own}replace/", {"version": 1, "amount": 7, "client_id": "fewer"}),
        (f"{own}replace/", {"version": 1, "amount": 7, "client_id": "fewer"}),
        (f"{own}replace/", {"version": 1, "amount": 6, "client_id": "fewer"}),
        (f"{ORDERS}{order.pk + 1000}/cancel/", None),
        (f"{ORDERS}{10**40}/cancel/", None),
        (f"{own}cancel/", {"client_id": "x" * 65}),
        (f"{own}cancel/", {"why": "tired"}),
        (f"{own}cancel/", {"client_id": "stop"}),
        (f"{own}cancel/", {"client_id": "stop"}),
        (f"{own}cancel/", None),
        (f"{ORDERS}cancel-all/", None),
        (f"{ORDERS}cancel-all/", {"client_id": "all"}),
    ]


def test_both_ways_answer_the_same(world: World, ben: Program) -> None:
    assert ben.post(ORDERS, body(world)).short
    unlike = []
    for path, sent in entries(world):
        short = ben.post(path, sent)
        again = long_way(ben, path, sent)
        told, again_told = short.json(), again.json()
        for answer in (told, again_told):
            # What was done by the first of the two is told as repeated, or has ended, for both.
            answer.pop("repeated", None)
        kinds = (short.headers["Content-Type"], again.headers["Content-Type"])
        if (short.status_code, told, kinds[0]) != (again.status_code, again_told, kinds[1]):
            unlike.append((path, sent, short, again))
    # An ending without an id is another one when it is sent again.
    assert [(path.split("/")[-2], sent) for path, sent, *_ in unlike] == []


def test_a_batch_takes_entries_of_all_kinds_in_order(world: World, ben: Program) -> None:
    first = ben.post(ORDERS, body(world, client_order_id="a")).json()
    sent = [
        {"do": "place_order", **body(world, client_order_id="b")},
        {"do": "replace_order", "order_id": first["id"], "version": 1, "amount": 5},
        {"do": "cancel_order", "order_id": first["id"], "client_id": "stop"},
        {"do": "cancel_order", "order_id": first["id"]},
        {"do": "cancel_order", "order_id": 10**30},
        {"do": "seize", "order_id": first["id"]},
        {"do": "cancel_all"},
        {"do": "place_order", **body(world, client_order_id="c"), "member": 1},
    ]

    answer = ben.post(f"{ORDERS}batch/", {"entries": sent})

    assert (answer.short, answer.status_code) == (True, 200), answer.content
    told = answer.json()["answers"]
    statuses = [one["status"] for one in told]
    assert statuses == [201, 200, 200, 409, 400, 400, 200, 400]
    assert (told[1]["version"], told[2]["state"]) == (2, "CANCELLED")
    assert told[3]["code"] == "E-STATE-01"
    assert told[6]["ended"] == 1
    assert not Order.objects.filter(state="OPEN").exists()


def test_danas_program_ends_nothing_of_bens(world: World, ben: Program) -> None:
    order = ben.post(ORDERS, body(world)).json()["id"]
    dana = Program(token_of(world, world.cast.dana, "orders"))

    sent = [
        {"do": "cancel_order", "order_id": order},
        {"do": "replace_order", "order_id": order, "version": 1, "amount": 1},
        {"do": "cancel_all"},
    ]
    told = dana.post(f"{ORDERS}batch/", {"entries": sent}).json()["answers"]

    assert [one.get("code", one.get("ended")) for one in told] == ["E-NOT-FOUND", "E-NOT-FOUND", 0]
    assert Order.objects.get().state == "OPEN"


def test_a_seller_ends_its_listings_by_the_short_way(world: World) -> None:
    listing = world.listing(price="9.00")
    ada = Program(token_of(world, world.cast.ada, "orders"))

    answer = ada.post(f"{ORDERS}cancel-all/", {"client_id": "stop"})

    assert (answer.short, answer.json()["ended"]) == (True, 1)
    listing.refresh_from_db()
    assert listing.state == "WITHDRAWN"


@pytest.mark.parametrize("player", ["ada", "cleo", "eli", "finn", "gwen"])
def test_who_may_not_buy_is_refused_alike(world: World, player: str) -> None:
    program = Program(token_of(world, getattr(world.cast, player), "orders"))
    short, long = program.post(ORDERS, body(world)), long_way(program, ORDERS, body(world))

    assert (short.short, short.status_code, short.json()["code"]) == (True, 403, "E-MEMBER-02")
    assert (long.status_code, long.json()) == (short.status_code, short.json())


def test_a_refusal_is_said_in_the_language_that_is_asked_for(world: World, ben: Program) -> None:
    wrong = body(world, amount=0)
    english = ben.post(ORDERS, wrong)
    chinese = ben.post(ORDERS, wrong, HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9")
    again = ben.post(ORDERS, wrong)

    assert "must be between" in english.json()["title"]
    assert "须在" in chinese.json()["title"]
    assert again.json() == english.json()


def test_entries_have_one_budget_by_both_ways(
    world: World, ben: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_calls, "wall_now", lambda: world.now)
    settings.ENTRY_CALLS_PER_MINUTE = 3
    answers = [ben.post(f"{ORDERS}cancel-all/") for _ in range(2)]
    answers += [long_way(ben, f"{ORDERS}cancel-all/", None) for _ in range(2)]
    answers += [ben.post(f"{ORDERS}cancel-all/")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].short
    for refused in answers[-2:]:
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.json()["code"] == "throttled"


def test_too_many_messages_in_a_second_say_when_to_come_again(world: World, ben: Program) -> None:
    eli = world.cast.eli.person.pk
    limits = Limits(most_messages=1)
    set_trading_limits(member_id=None, limits=limits, by_person_id=eli, now=world.now)

    # Three in a row cannot all be in a second of their own.
    for name, way in (("short", ben.post), ("long", partial(long_way, ben))):
        sent = [body(world, client_order_id=f"{name}-{n}") for n in range(3)]
        answers = [way(ORDERS, one) for one in sent]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
        assert {answer.json()["code"] for answer in refused} == {"E-LIMIT-04"}


def test_a_failure_of_ours_is_a_problem_too(
    world: World, ben: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {ORDERS: lambda _asked: 1 // 0}
    monkeypatch.setattr("config.short_way.DOORS", broken)

    answer = ben.post(ORDERS, body(world))

    assert (answer.status_code, answer.json()["code"]) == (500, "error")
