"""The short way for members' programs: with a token it is taken, without one it is not."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.actions import issue_credential
from accounts.api import authentication
from tests.api.marketplace.test_orders_api import ORDERS, body
from tests.world import World


@pytest.fixture(autouse=True)
def nobody_is_believed() -> Iterator[None]:
    """Tokens of one test mean nothing in another."""
    authentication._believed.clear()
    yield
    authentication._believed.clear()


def _token(world: World) -> str:
    ben = world.cast.ben
    issued = issue_credential(
        member_id=ben.member.pk,
        name="desk",
        scopes=["orders"],
        by_person_id=ben.person.pk,
        now=world.now,
    )
    sent = {
        "grant_type": "client_credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    return str(Client().post("/oauth/token/", sent).json()["access_token"])


@pytest.mark.parametrize("place", [ORDERS, f"{ORDERS}batch/"])
def test_an_order_with_a_token_meets_no_page_and_no_session(world: World, place: str) -> None:
    order = body(world)
    content = {"orders": [order]} if place.endswith("batch/") else order

    answer = Client().post(
        place,
        json.dumps(content),
        content_type="application/json",
        headers={"Authorization": f"Bearer {_token(world)}"},
    )

    assert answer.status_code in (200, 201), answer.content
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert getattr(answer.wsgi_request, "short_way", "") == place.strip("/")


def test_a_token_that_is_none_goes_the_long_way_and_is_refused(world: World) -> None:
    answer = Client().post(
        ORDERS,
        json.dumps(body(world)),
        content_type="application/json",
        headers={"Authorization": "Bearer made-up"},
    )

    assert answer.status_code == 401
    assert not hasattr(answer.wsgi_request, "short_way")
