"""Who may take the short way: a plain request, with a token that the tables know."""

import time
from typing import Any

import pytest
from django.db import OperationalError, connection
from oauth2_provider.models import AccessToken

from accounts.actions import suspend_member
from accounts.api import believed
from config import short_way
from marketplace.models import Order
from tests.api.marketplace.programs import Program, token_of
from tests.api.marketplace.test_orders_api import ORDERS, body
from tests.world import World


@pytest.fixture
def ben(world: World) -> Program:
    """Ben's program."""
    return Program(token_of(world, world.cast.ben, "orders"))


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


def test_tokens_that_were_shown_together_are_looked_up_apart() -> None:
    moments = {believed._renewed_after(bytes([first])) for first in range(256)}

    assert len(moments) == 256
    assert min(moments) == believed.RENEW_EARLIEST_SECONDS
    assert max(moments) == believed.RENEW_SECONDS


def test_a_database_that_is_away_is_told_by_the_long_way(world: World, ben: Program) -> None:
    def away(*_query: Any) -> Any:
        raise OperationalError

    with connection.execute_wrapper(away):
        answer = ben.post(ORDERS, body(world))

    assert (answer.short, answer.status_code) == (False, 503)
    assert answer.json()["code"] == "service_unavailable"
    assert ben.post(ORDERS, body(world)).status_code == 201


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
