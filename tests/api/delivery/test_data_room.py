"""Whose data it is, and how much of it there is room for."""

import pytest
from django.test import Client

from delivery.domain.data import (
    MAX_BYTES_A_BUYER,
    MAX_BYTES_A_DELIVERY,
    MAX_DATASETS_A_DELIVERY,
)
from delivery.models import Allocation, DataPiece
from tests.api.delivery.data_calls import body, caller, piece, put, register
from tests.api.marketplace.programs import token_of
from tests.unit.delivery.story import Delivery
from tests.world import World


@pytest.fixture
def delivery(world: World) -> Delivery:
    return Delivery(world)


def test_there_is_a_bounded_room(world: World, delivery: Delivery) -> None:
    ben, most = world.cast.ben, 128 * 1024 * 1024
    assert 2 * most == MAX_BYTES_A_DELIVERY
    for name in ("one", "two"):
        assert register(ben, delivery, body(name, size_bytes=most)).status_code == 201

    full = register(ben, delivery, body("three"))

    assert (full.status_code, full.json()["code"]) == (422, "E-DATA-04")
    other = Delivery(world)
    for number in range(MAX_DATASETS_A_DELIVERY):
        assert register(ben, other, body(f"n{number}", content=b"x")).status_code == 201
    assert register(ben, other, body("more", content=b"x")).json()["code"] == "E-DATA-04"


def test_a_buyer_s_room_is_bounded_over_all_deliveries(world: World) -> None:
    ben, most = world.cast.ben, 128 * 1024 * 1024
    deliveries = [Delivery(world, devices=1) for _ in range(5)]
    kept = [
        register(ben, delivery, body(name, size_bytes=most)).json()["id"]
        for delivery in deliveries[:4]
        for name in ("one", "two")
    ]
    assert len(kept) * most == MAX_BYTES_A_BUYER

    full = register(ben, deliveries[4], body())

    assert (full.status_code, full.json()["code"]) == (422, "E-DATA-04")
    assert caller(ben).delete(f"/api/v1/datasets/{kept[0]}/").status_code == 200
    assert register(ben, deliveries[4], body()).status_code == 201


@pytest.mark.parametrize(
    ("scope", "reads", "writes"), [("agreements", 200, 403), ("orders", 403, 201)]
)
def test_a_token_does_what_its_scope_names(
    world: World, delivery: Delivery, scope: str, reads: int, writes: int
) -> None:
    headers = {"authorization": f"Bearer {token_of(world, world.cast.ben, scope)}"}
    address = f"/api/v1/allocations/{delivery.id}/datasets/"

    read = Client().get(address, headers=headers)
    written = Client().post(address, body(), content_type="application/json", headers=headers)

    assert (read.status_code, written.status_code) == (reads, writes)


@pytest.mark.parametrize("connector", ["agent", "nobody"])
def test_a_connector_that_cannot_stage_is_named(
    world: World, delivery: Delivery, connector: str
) -> None:
    Allocation.objects.filter(pk=delivery.id).update(connector=connector)

    answer = register(world.cast.ben, delivery, body())

    assert (answer.status_code, answer.json()["code"]) == (409, "E-DATA-01")
    assert connector in answer.json()["title"]


def test_a_delivery_that_has_ended_takes_no_data(world: World, delivery: Delivery) -> None:
    Allocation.objects.filter(pk=delivery.id).update(state="COMPLETED")

    answer = register(world.cast.ben, delivery, body())

    assert (answer.status_code, answer.json()["code"]) == (409, "E-DATA-09")


@pytest.mark.parametrize("name", ["ada", "cleo", "dana", "eli", "finn", "gwen"])
def test_nobody_else_finds_it(world: World, delivery: Delivery, name: str) -> None:
    dataset = register(world.cast.ben, delivery, body()).json()
    other = getattr(world.cast, name)
    client = caller(other)
    own, address = f"/api/v1/allocations/{delivery.id}/datasets/", "/api/v1/datasets"

    assert client.get(own).json()["results"] == []
    assert client.get(f"{address}/{dataset['id']}/").status_code == 404
    # Who watches may not write at all; everybody else finds nothing to write to.
    refused = {403, 404}
    assert register(other, delivery, body("other")).status_code in refused
    assert put(other, dataset, 0, piece(0)).status_code in refused
    assert client.delete(f"{address}/{dataset['id']}/").status_code in refused
    assert (
        client.post(
            f"{address}/{dataset['id']}/restage/", content_type="application/json"
        ).status_code
        in refused
    )
    assert not DataPiece.objects.exists()
