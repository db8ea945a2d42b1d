import hashlib
import json

import pytest
from django.test import Client

from contracts.models import Agreement
from tests.cast import Player
from tests.world import World

pytestmark = pytest.mark.django_db
LIST = "/api/v1/agreements/"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def agreement(world: World) -> Agreement:
    return world.agree(world.deal())


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


@pytest.mark.parametrize("name", ["ada", "ben"])
def test_both_parties_list_the_agreement(world: World, agreement: Agreement, name: str) -> None:
    answer = caller(getattr(world.cast, name)).get(LIST)

    rows = answer.json()["results"]
    assert [(row["number"], row["buyer"], row["seller"]) for row in rows] == [
        (agreement.number, "ben", "ada")
    ]


@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
@pytest.mark.parametrize("tail", ["", "terms/"])
def test_others_are_told_that_there_is_nothing(
    world: World, agreement: Agreement, name: str, tail: str
) -> None:
    client = caller(getattr(world.cast, name))

    assert client.get(LIST).json()["results"] == []
    answer = client.get(f"{LIST}{agreement.number}/{tail}")
    assert (answer.status_code, answer.json()["code"]) == (404, "E-NOT-FOUND")


def test_strangers_are_refused(agreement: Agreement) -> None:
    assert Client().get(LIST).status_code in {401, 403}


def test_the_terms_can_be_checked_against_their_hash(world: World, agreement: Agreement) -> None:
    answer = caller(world.cast.ben).get(f"{LIST}{agreement.number}/terms/").json()

    canonical = json.dumps(
        answer["terms"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == answer["terms_sha256"]
    assert {one["signed_sha256"] for one in answer["signatures"]} == {answer["terms_sha256"]}
    assert answer["terms"]["price_micros"] == 1_850_000


def test_a_carrier_lists_its_link_and_nothing_of_the_devices(world: World) -> None:
    devices = world.agree(world.linked_deal())
    client = caller(world.cast.gwen)

    (row,) = client.get(LIST).json()["results"]

    assert row["number"] == f"{devices.number}-L"
    assert (row["trade"], row["devices"], row["price_micros"]) == (None, None, None)
    assert (row["gbps"], row["gb"], row["value_micros"]) == (10, 40, 20_400_000)
    terms = client.get(f"{LIST}{row['number']}/terms/").json()
    assert terms["terms"]["devices_agreement"] == devices.number
    assert client.get(f"{LIST}{devices.number}/").status_code == 404
