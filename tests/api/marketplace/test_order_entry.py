"""The short way for members' programs answers what the long way would, and lets in nobody else."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from oauth2_provider.models import AccessToken

from accounts.actions import suspend_member
from accounts.api import believed, entry_calls
from config import short_way
from marketplace.models import Order
from tests.api.marketplace.programs import Heard, Program, token_of
from tests.api.marketplace.test_orders_api import ORDERS, body
from tests.world import World


@pytest.fixture(autouse=True)
def nobody_is_believed() -> Iterator[None]:
    """Tokens and counts of one test mean nothing in another."""
    believed.disbelieve_all()
    entry_calls._counts.clear()
    yield
    believed.disbelieve_all()
    entry_calls._counts.clear()


@pytest.fixture
def ben(world: World) -> Program:
    """Ben's program."""
    return Program(token_of(world, world.cast.ben, "orders"))


def long_way(program: Program, path: str, sent: Any) -> Heard:
    """The same through the framework alone."""
    answer = Client().post(
        path,
        b"" if sent is None else json.dumps(sent),
        content_type="application/json",
        headers={"Authorization": program.headers["HTTP_AUTHORIZATION"]},
    )
    return Heard(answer.status_code, dict(answer.headers), answer.content, short=False)


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


@pytest.mark.parametrize("player", ["ada", "cleo", "eli", "finn", "gwen"])
def test_who_may_not_buy_is_refused_alike(world: World, player: str) -> None:
    program = Program(token_of(world, getattr(world.cast, player), "orders"))
    short, long = program.post(ORDERS, body(world)), long_way(program, ORDERS, body(world))

    assert (short.short, short.status_code, short.json()["code"]) == (True, 403, "E-MEMBER-02")
    assert (long.status_code, long.json()) == (short.status_code, short.json())


@pytest.mark.parametrize("scopes", [["market:read"], ["agreements", "readings"]])
def test_a_token_without_the_scope_enters_nothing(world: World, scopes: list[str]) -> None:
    program = Program(token_of(world, world.cast.ben, *scopes))
    for path in (ORDERS, f"{ORDERS}batch/", f"{ORDERS}1/cancel/", f"{ORDERS}cancel-all/"):
        for _ in range(2):
            answer = program.post(path, body(world))
            assert (answer.short, answer.status_code) == (False, 403)
    assert not Order.objects.exists()


def test_a_token_that_is_none_goes_the_long_way_and_is_refused(world: World) -> None:
    answer = Program("made-up").post(ORDERS, body(world))

    assert (answer.short, answer.status_code) == (False, 401)


def test_a_suspended_member_is_refused_though_its_token_is_believed(
    world: World, ben: Program
) -> None:
    eli = world.cast.eli
    ben.post(f"{ORDERS}cancel-all/")
    suspend_member(
        member_id=world.cast.ben.id, by_person_id=eli.person.pk, reason="late", now=world.now
    )

    answer = ben.post(ORDERS, body(world))

    assert (answer.short, answer.status_code) == (True, 403)
    assert answer.json()["code"] == "E-MEMBER-01"


def test_a_token_is_looked_up_once_and_again_before_its_belief_ends(
    world: World, ben: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[bool] = []
    look_up = short_way.look_up

    def counted(environ: Any) -> Any:
        looked_up.append(True)
        return look_up(environ)

    monkeypatch.setattr(short_way, "look_up", counted)
    began = time.monotonic()
    at = [began]
    monkeypatch.setattr(believed.time, "monotonic", lambda: at[0])

    def posts(count: int) -> int:
        looked_up.clear()
        assert all(ben.post(f"{ORDERS}cancel-all/").short for _ in range(count))
        return len(looked_up)

    assert posts(3) == 1
    at[0] = began + believed.RENEW_SECONDS
    assert posts(3) == 1
    at[0] = began + 60
    assert posts(2) == 1
    revoked = ben.headers["HTTP_AUTHORIZATION"]
    AccessToken.objects.all().delete()
    assert ben.post(f"{ORDERS}cancel-all/").status_code == 200, revoked
    at[0] += believed.BELIEVED_SECONDS
    refused = ben.post(f"{ORDERS}cancel-all/")
    assert (refused.short, refused.status_code) == (False, 401)


def test_a_body_that_pretends_to_be_a_form_is_read_by_the_door(world: World, ben: Program) -> None:
    form = "application/x-www-form-urlencoded"
    answer = ben.post(ORDERS, body(world), CONTENT_TYPE=form)

    assert (answer.short, answer.status_code) == (True, 201)


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_COOKIE": "sessionid=x"},
        {"HTTP_HOST": "elsewhere.example"},
        {"CONTENT_LENGTH": "2000000"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"REQUEST_METHOD": "GET"},
        {"SCRIPT_NAME": "/under"},
    ],
)
def test_what_is_not_plain_goes_the_long_way(
    world: World, ben: Program, more: dict[str, str]
) -> None:
    assert not ben.post(ORDERS, body(world), **more).short


def test_plain_http_is_not_served_where_the_long_way_redirects(
    world: World, ben: Program, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert not ben.post(ORDERS, body(world)).short
    assert ben.post(ORDERS, body(world), HTTP_X_FORWARDED_PROTO="https").short


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


def test_a_failure_of_ours_is_a_problem_too(
    world: World, ben: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {ORDERS: lambda _asked: 1 // 0}
    monkeypatch.setattr("config.short_way.DOORS", broken)

    answer = ben.post(ORDERS, body(world))

    assert (answer.status_code, answer.json()["code"]) == (500, "error")
