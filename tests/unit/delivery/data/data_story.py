"""Data as tests tell of it: files of some bytes, registered, sent and brought on."""

import hashlib
from collections.abc import Mapping
from io import BytesIO

from delivery.actions import stage_due, upload_whole
from delivery.domain.data import PIECE_BYTES, FileAsked
from delivery.models import Dataset
from tests.unit.delivery.story import Delivery
from timetable.queries import wall_now

LONG = bytes(range(256)) * (PIECE_BYTES // 256) + b"the rest"
FILES = {"a.txt": b"alpha\n", "deep/long.bin": LONG}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def asked(files: Mapping[str, bytes]) -> list[FileAsked]:
    return [FileAsked(name, len(content), sha256(content)) for name, content in files.items()]


def given(delivery: Delivery, name: str = "words", files: Mapping[str, bytes] = FILES) -> Dataset:
    """Register and send a dataset whole."""
    return upload_whole(
        member_id=delivery.world.cast.ben.id,
        allocation_id=delivery.id,
        name=name,
        files=[(path, BytesIO(content)) for path, content in files.items()],
        now=delivery.world.now,
    )


def turn(delivery: Delivery) -> None:
    """Let the sweeper look once."""
    stage_due(now=delivery.start, wall=wall_now())


def fresh(dataset: Dataset) -> Dataset:
    return Dataset.objects.get(pk=dataset.pk)


def staged_bytes(dataset: Dataset) -> dict[str, int]:
    return dict(dataset.files.values_list("name", "staged_bytes"))
