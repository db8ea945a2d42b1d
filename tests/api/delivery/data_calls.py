"""Data as a caller of the API sends it."""

import hashlib
from typing import Any

from django.test import Client

from delivery.domain.data import PIECE_BYTES
from tests.cast import Player
from tests.unit.delivery.story import Delivery

CONTENT = b"0123456789abcdef" * (PIECE_BYTES // 16) * 2 + b"the end"
OFFSETS = (0, PIECE_BYTES, 2 * PIECE_BYTES)


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def body(name: str = "words", content: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    file = {"name": "a/b.bin", "size_bytes": len(content), "sha256": hashed(content)}
    return {"name": name, "files": [file | more]}


def register(player: Player, delivery: Delivery, asked: dict[str, Any]) -> Any:
    address = f"/api/v1/allocations/{delivery.id}/datasets/"
    return caller(player).post(address, asked, content_type="application/json")


def put(player: Player, dataset: Any, offset: object, content: bytes, **headers: str) -> Any:
    address = f"/api/v1/datasets/{dataset['id']}/files/{dataset['files'][0]['id']}/"
    return caller(player).put(
        f"{address}?offset={offset}",
        content,
        content_type="application/octet-stream",
        headers=headers,
    )


def piece(offset: int) -> bytes:
    return CONTENT[offset:][:PIECE_BYTES]


def state_of(player: Player, dataset: Any) -> Any:
    return caller(player).get(f"/api/v1/datasets/{dataset['id']}/").json()
