"""Data through the API: announced, sent in any order, resumed, refused."""

import base64
import hashlib
from typing import Any

import pytest

from delivery.domain.data import PIECE_BYTES
from delivery.models import DataPiece, Dataset
from tests.api.delivery.data_calls import (
    CONTENT,
    OFFSETS,
    body,
    caller,
    hashed,
    piece,
    put,
    register,
    state_of,
)
from tests.unit.delivery.story import Delivery
from tests.world import World


@pytest.fixture
def delivery(world: World) -> Delivery:
    return Delivery(world)


def test_pieces_come_in_any_order_and_again(world: World, delivery: Delivery) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body()).json()
    assert (dataset["state"], dataset["piece_bytes"]) == ("ANNOUNCED", PIECE_BYTES)
    assert dataset["files"][0]["missing"] == list(OFFSETS)

    put(ben, dataset, OFFSETS[2], piece(OFFSETS[2]))
    put(ben, dataset, OFFSETS[0], piece(OFFSETS[0]))
    again = put(ben, dataset, OFFSETS[0], piece(OFFSETS[0]))

    assert again.json()["missing"] == [OFFSETS[1]]
    assert state_of(ben, dataset)["state"] == "UPLOADING"
    last = put(ben, dataset, OFFSETS[1], piece(OFFSETS[1]))
    assert (last.status_code, last.json()["is_whole"]) == (200, True)
    whole = state_of(ben, dataset)
    assert (whole["state"], whole["uploaded_bytes"]) == ("UPLOADED", len(CONTENT))
    assert put(ben, dataset, OFFSETS[1], piece(OFFSETS[1])).status_code == 200


def test_the_same_dataset_twice_is_one(world: World, delivery: Delivery) -> None:
    first = register(world.cast.ben, delivery, body())
    second = register(world.cast.ben, delivery, body())
    other = register(world.cast.ben, delivery, body(content=b"other"))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "E-DATA-03")
    assert Dataset.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        (body("Words"), 422, "E-DATA-02", "name"),
        (body(size_bytes=0), 422, "E-DATA-02", "files"),
        (body(sha256="x"), 422, "E-DATA-02", "files"),
        (body(name="a") | {"files": []}, 400, "invalid", "files"),
        (body() | {"more": 1}, 400, "invalid", "more"),
        ({"name": "words"}, 400, "invalid", "files"),
    ],
)
def test_a_dataset_that_cannot_be_taken_is_refused_by_name(
    world: World, delivery: Delivery, asked: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = register(world.cast.ben, delivery, asked)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["field"] == field
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("offset", "content", "code", "field"),
    [
        (1, b"x", "E-DATA-05", "offset"),
        (3 * PIECE_BYTES, b"x", "E-DATA-05", "offset"),
        (0, b"short", "E-DATA-05", "content"),
        (0, b"x" * (PIECE_BYTES + 1), "E-DATA-05", "content"),
        (0, b"", "E-DATA-05", "content"),
        (2 * PIECE_BYTES, b"the end and more", "E-DATA-05", "content"),
        ("-1", b"x", "E-DATA-02", "offset"),
        ("", b"x", "E-DATA-02", "offset"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused(
    world: World, delivery: Delivery, offset: object, content: bytes, code: str, field: str
) -> None:
    dataset = register(world.cast.ben, delivery, body()).json()

    answer = put(world.cast.ben, dataset, offset, content)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == field
    assert not DataPiece.objects.exists()


def test_a_piece_that_changed_on_its_way_is_refused(world: World, delivery: Delivery) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body()).json()
    digest = base64.b64encode(hashlib.sha256(piece(0)).digest()).decode()
    said = {"Content-Digest": f"sha-256=:{digest}:"}

    spoiled = put(ben, dataset, 0, b"X" + piece(0)[1:], **said)
    unreadable = put(ben, dataset, 0, piece(0), **{"Content-Digest": "md5=:x:"})
    well = put(ben, dataset, 0, piece(0), **said)

    assert [answer.status_code for answer in (spoiled, unreadable, well)] == [422, 422, 200]
    assert spoiled.json()["code"] == unreadable.json()["code"] == "E-DATA-06"


def test_a_file_of_another_hash_loses_its_pieces_and_may_come_again(
    world: World, delivery: Delivery
) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body(content=b"right")).json()

    wrong = put(ben, dataset, 0, b"wrong")

    assert (wrong.status_code, wrong.json()["code"]) == (409, "E-DATA-08")
    assert hashed(b"wrong") in wrong.json()["title"]
    assert state_of(ben, dataset)["files"][0]["missing"] == [0]
    assert put(ben, dataset, 0, b"right").json()["is_whole"]


def test_a_whole_file_does_not_change(world: World, delivery: Delivery) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body(content=b"right")).json()
    put(ben, dataset, 0, b"right")

    answer = put(ben, dataset, 0, b"wrong")

    assert (answer.status_code, answer.json()["code"]) == (409, "E-DATA-07")
    assert bytes(DataPiece.objects.get().content) == b"right"


def test_a_dataset_is_withdrawn_once(world: World, delivery: Delivery) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body(content=b"right")).json()
    put(ben, dataset, 0, b"right")
    address = f"/api/v1/datasets/{dataset['id']}/"

    first, second = caller(ben).delete(address), caller(ben).delete(address)

    assert (first.status_code, first.json()["state"]) == (200, "CLEARED")
    assert (second.status_code, second.json()["code"]) == (409, "E-STATE-01")
    assert put(ben, dataset, 0, b"right").status_code == 409
    assert register(ben, delivery, body(content=b"right")).json()["code"] == "E-DATA-03"


def test_only_what_failed_is_brought_anew(world: World, delivery: Delivery) -> None:
    dataset = register(world.cast.ben, delivery, body()).json()

    answer = caller(world.cast.ben).post(
        f"/api/v1/datasets/{dataset['id']}/restage/", content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "E-STATE-01")


def test_a_list_shows_how_far_each_is(world: World, delivery: Delivery) -> None:
    ben = world.cast.ben
    dataset = register(ben, delivery, body()).json()
    put(ben, dataset, 0, piece(0))

    [row] = caller(ben).get(f"/api/v1/allocations/{delivery.id}/datasets/").json()["results"]

    assert (row["size_bytes"], row["uploaded_bytes"], row["percent_staged"]) == (
        len(CONTENT),
        PIECE_BYTES,
        0,
    )
