"""The list of a member's orders shows what each holds now, not what it held at its start."""

import re

import pytest
from django.test import Client

from marketplace.queries.holding import left_of_holds
from tests.world import World, micros

pytestmark = pytest.mark.django_db


def test_what_is_filled_or_ended_holds_nothing_and_the_rest_what_its_trades_left(
    world: World,
) -> None:
    filled = world.deal(devices=4, hours=2).order
    world.listing(devices=3, start=5, hours=2, price="1.50")
    part = world.order(amount=8, splittable=True, limit_micros=micros("1.60"))
    whole = world.order(amount=2, limit_micros=micros("1.00"))
    part.refresh_from_db()
    taken = sum(part.trades.values_list("held_micros", flat=True))

    assert 0 < taken < part.held_micros
    assert left_of_holds([filled, part, whole]) == {
        filled.pk: 0,
        part.pk: part.held_micros - taken,
        whole.pk: whole.held_micros,
    }


def test_the_page_of_a_filled_order_says_that_nothing_is_held(world: World) -> None:
    world.deal()
    client = Client()
    client.force_login(world.cast.ben.person)

    page = client.get("/orders/").content.decode()

    (held,) = re.findall(r'data-l="Held, ¥">([^<]*)<', page)
    assert held == "0.00"


def test_the_page_of_an_order_speaks_of_one_device_as_of_one(world: World) -> None:
    one = world.deal(devices=1).order
    client = Client()
    client.force_login(world.cast.ben.person)

    page = client.get(f"/orders/{one.pk}/").content.decode()

    assert "Traded 1 device at ¥" in page
    assert "1 devices" not in page
