import pytest
from django.test import Client

from tests.cast import Player
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def found(player: Player, words: str) -> str:
    client = Client()
    client.force_login(player.person)
    return client.get("/search/", {"q": words}).content.decode()


def test_one_finds_ones_own_things_by_number(world: World) -> None:
    deal = world.deal()
    agreement = world.agree(deal)
    address = f"/agreements/{agreement.number}/"

    for player in (world.cast.ben, world.cast.ada, world.cast.cleo):
        assert address in found(player, agreement.number)
        assert f"/trail/{deal.trade.pk}/" in found(player, f"T{deal.trade.pk}")


def test_nobody_finds_what_is_anothers(world: World) -> None:
    deal = world.deal()
    agreement = world.agree(deal)

    for words in (agreement.number, f"T{deal.trade.pk}", f"O{deal.order.pk}", "test-"):
        text = found(world.cast.dana, words)
        assert "Nothing found" in text


def test_centres_are_found_in_both_tongues(world: World) -> None:
    assert "QY-1" in found(world.cast.dana, "qy-1")


def test_a_single_character_finds_nothing(world: World) -> None:
    assert "Nothing found" in found(world.cast.ben, "q")
