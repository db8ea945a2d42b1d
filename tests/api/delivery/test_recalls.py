"""The doors of a recall: the seller's, and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Player, visitor
from tests.unit.delivery.story import Delivery
from tests.unit.delivery.test_recalls import Recallable
from tests.world import World
from timetable.actions import set_clock
from timetable.queries import wall_now


@pytest.fixture
def delivery(world: World) -> Recallable:
    delivery = Recallable(world)
    delivery.begin()
    set_clock(market_at=delivery.start, factor=0, reason="test", wall=wall_now())
    return delivery


def recall(player: Player, number: int, body: dict[str, Any] | None = None) -> Any:
    address = f"/api/v1/allocations/{number}/recall/"
    return visitor(player).post(address, body or {}, content_type="application/json")


def test_the_seller_recalls_and_both_parties_read_of_it(world: World, delivery: Recallable) -> None:
    answer = recall(world.cast.ada, delivery.id)

    assert answer.status_code == 200
    at = (delivery.start + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert answer.json()["recalled_from"] == at
    for player in (world.cast.ada, world.cast.ben):
        read = visitor(player).get(f"/api/v1/allocations/{delivery.id}/").json()
        assert read["recalled_from"] == at
    assert recall(world.cast.ada, delivery.id).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [("ben", 403), ("dana", 403), ("cleo", 403), ("eli", 403), ("finn", 403), ("gwen", 403)],
)
def test_nobody_else_recalls(world: World, delivery: Recallable, name: str, status: int) -> None:
    player = getattr(world.cast, name)

    assert recall(player, delivery.id).status_code == status
    page = visitor(player).post(f"/deliveries/{delivery.id}/recall/")
    assert page.status_code == 404
    assert delivery.row.recalled_from is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"from": "2026-11-23T06:30:00Z"}, 422, "E-RECALL-02"),
        ({"from": "2026-11-24T06:00:00Z"}, 422, "E-RECALL-03"),
        ({"from": "tonight"}, 400, "invalid"),
        ({"devices": 4}, 400, "invalid"),
    ],
)
def test_a_recall_that_cannot_be_is_refused_by_name(
    world: World, delivery: Recallable, body: dict[str, Any], status: int, code: str
) -> None:
    answer = recall(world.cast.ada, delivery.id, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert delivery.row.recalled_from is None


def test_another_instant_than_the_first_is_refused(world: World, delivery: Recallable) -> None:
    recall(world.cast.ada, delivery.id)

    answer = recall(world.cast.ada, delivery.id, {"from": "2026-11-23T08:00:00Z"})

    assert (answer.status_code, answer.json()["code"]) == (409, "E-RECALL-04")


def test_firm_capacity_shows_no_recall_and_refuses_one(world: World) -> None:
    firm = Delivery(world)
    firm.begin()
    client = visitor(world.cast.ada)

    assert 'id="recall"' not in client.get(f"/deliveries/{firm.id}/").content.decode()
    assert recall(world.cast.ada, firm.id).json()["code"] == "E-RECALL-01"


@pytest.mark.parametrize(
    ("language", "button", "told"),
    [("en", "Recall the devices", "The seller recalled"), ("zh-hans", "召回计算卡", "提出召回")],
)
def test_the_seller_finds_the_recall_on_the_page(
    world: World, delivery: Recallable, language: str, button: str, told: str
) -> None:
    seller, buyer = visitor(world.cast.ada), visitor(world.cast.ben)
    for client in (seller, buyer):
        client.cookies["django_language"] = language
    address = f"/deliveries/{delivery.id}/"

    assert button in seller.get(address).content.decode()
    assert button not in buyer.get(address).content.decode()
    assert seller.post(f"{address}recall/").url == address
    for client in (seller, buyer):
        text = client.get(address).content.decode()
        assert told in text
        assert f'action="{address}recall/"' not in text
