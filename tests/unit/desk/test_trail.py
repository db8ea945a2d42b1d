import re

import pytest
from django.test import Client

from tests.cast import Player
from tests.world import Deal, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def deal(world: World) -> Deal:
    deal = world.deal()
    world.agree(deal)
    return deal


def reader(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


@pytest.mark.parametrize("name", ["ada", "ben", "cleo", "eli"])
def test_parties_and_overseers_follow_a_trade(world: World, deal: Deal, name: str) -> None:
    text = reader(getattr(world.cast, name)).get(f"/trail/{deal.trade.pk}/").content.decode()

    assert deal.agreement is not None
    assert deal.agreement.number in text
    assert "still to come" in text
    assert "Booked amounts sum to zero" in text


@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
def test_others_cannot_follow_it(world: World, deal: Deal, name: str) -> None:
    client = reader(getattr(world.cast, name))

    assert client.get(f"/trail/{deal.trade.pk}/").status_code == 404
    page = client.get("/trail/").content.decode()
    assert not re.search(rf"\bT{deal.trade.pk}\b", page)
    assert client.get(f"/trail/?trade=T{deal.trade.pk}").status_code == 200


def test_a_trade_is_found_by_its_number(world: World, deal: Deal) -> None:
    answer = reader(world.cast.cleo).get(f"/trail/?trade=t{deal.trade.pk}")

    assert answer["Location"] == f"/trail/{deal.trade.pk}/"


def test_only_overseers_verify_the_audit_chain(world: World, deal: Deal) -> None:
    address = f"/trail/{deal.trade.pk}/?verify=1"

    assert "Audit chain" in reader(world.cast.cleo).get(address).content.decode()
    assert "Audit chain" not in reader(world.cast.ben).get(address).content.decode()


def test_a_trade_without_agreement_shows_what_comes(world: World) -> None:
    trade = world.deal().trade

    assert reader(world.cast.ben).get(f"/trail/{trade.pk}/").status_code == 200
