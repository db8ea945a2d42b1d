"""Take in pieces of announced files, in any order and as often as they come."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length

from delivery.actions.data.clearing import move_dataset
from delivery.actions.data.registering import own_dataset, register_dataset
from delivery.domain.data import MAX_FORM_BYTES, PIECE_BYTES, FileAsked, piece_number
from delivery.domain.data_lifecycle import DATASET_LIFECYCLE, TAKES_PIECES
from delivery.domain.data_refusals import (
    FileHashDiffers,
    FileIsWhole,
    PieceDigestDiffers,
    TooMuchData,
)
from delivery.models import DataFile, DataPiece, Dataset
from exchange.refusal import NotFound


@dataclass(frozen=True)
class PieceSent:
    """A piece as it came; `sha256` is what its sender hashed, where it says so."""

    offset: int
    content: bytes
    sha256: bytes | None = None


def put_piece(
    *, member_id: int, dataset_id: int, file_id: int, sent: PieceSent, now: datetime
) -> DataFile:
    """Keep a piece of a file; with the last one the file's hash is checked.

    The same piece again changes nothing; before the file is whole another one replaces it. A file
    whose hash is not the one announced loses its pieces and is refused with FileHashDiffers.
    Refuses pieces that do not fit, that are not what their sender hashed, or that would change a
    whole file; NotFound for files of others.
    """
    file, found = _keep(member_id, dataset_id, file_id, sent, now)
    if found:
        # Committed already: what does not fit together is not kept for another look.
        raise FileHashDiffers(found=found)
    return file


def upload_whole(
    *,
    member_id: int,
    allocation_id: int,
    name: str,
    files: Sequence[tuple[str, IO[bytes]]],
    person_id: int | None = None,
    now: datetime,
) -> Dataset:
    """Register files that are here, by name, and keep them; the same again goes on where it ended.

    Refuses more than a form may bring, and what `register_dataset` and `put_piece` refuse.
    """
    asked = [_asked(file_name, file) for file_name, file in files]
    if sum(file.size_bytes for file in asked) > MAX_FORM_BYTES:
        raise TooMuchData(what="bytes of a form; send pieces", limit=MAX_FORM_BYTES)
    dataset = register_dataset(
        member_id=member_id,
        allocation_id=allocation_id,
        name=name,
        files=asked,
        person_id=person_id,
        now=now,
    )
    ids = dict(dataset.files.values_list("name", "id"))
    for file_name, file in files:
        file.seek(0)
        for offset, content in _pieces(file):
            put_piece(
                member_id=member_id,
                dataset_id=dataset.pk,
                file_id=ids[file_name],
                sent=PieceSent(offset, content),
                now=now,
            )
    return dataset


def _asked(name: str, file: IO[bytes]) -> FileAsked:
    digest, size_bytes = hashlib.sha256(), 0
    for offset, content in _pieces(file):
        digest.update(content)
        size_bytes = offset + len(content)
    return FileAsked(name, size_bytes, digest.hexdigest())


def _pieces(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while content := file.read(PIECE_BYTES):
        yield offset, content
        offset += len(content)


@transaction.atomic
def _keep(
    member_id: int, dataset_id: int, file_id: int, sent: PieceSent, now: datetime
) -> tuple[DataFile, str]:
    """Keep the piece; return the file, and the hash that was found where it is another."""
    dataset = own_dataset(member_id, dataset_id)
    file = DataFile.objects.filter(pk=file_id, dataset=dataset).first()
    if file is None:
        raise NotFound
    number = piece_number(file.size_bytes, sent.offset, len(sent.content))
    digest = hashlib.sha256(sent.content).digest()
    if sent.sha256 is not None and not hmac.compare_digest(digest, sent.sha256):
        raise PieceDigestDiffers
    if file.is_whole:
        _check_same(dataset, file, number, sent.content)
        return file, ""
    if dataset.state not in TAKES_PIECES:
        DATASET_LIFECYCLE.check(dataset.state, "UPLOADING")
    DataPiece.objects.update_or_create(file=file, number=number, defaults={"content": sent.content})
    if dataset.state == "ANNOUNCED":
        move_dataset(dataset, "UPLOADING", now)
    return file, _complete(dataset, file, now)


def _check_same(dataset: Dataset, file: DataFile, number: int, content: bytes) -> None:
    if dataset.state == "CLEARED":
        DATASET_LIFECYCLE.check(dataset.state, "UPLOADING")
    kept = DataPiece.objects.filter(file=file, number=number).first()
    if kept is None or bytes(kept.content) != content:
        raise FileIsWhole


def _complete(dataset: Dataset, file: DataFile, now: datetime) -> str:
    """Count what is here; check a file that has all pieces. Return the hash that does not fit."""
    lengths = file.pieces.aggregate(sum=Sum(Length("content")))
    file.uploaded_bytes, found = int(lengths["sum"] or 0), ""
    if file.uploaded_bytes == file.size_bytes:
        found = _hash_of(file)
        file.is_whole = found == file.sha256
        if not file.is_whole:
            file.pieces.all().delete()
            file.uploaded_bytes = 0
    file.save(update_fields=["uploaded_bytes", "is_whole"])
    if not dataset.files.filter(is_whole=False).exists():
        move_dataset(dataset, "UPLOADED", now)
    return "" if file.is_whole else found


def _hash_of(file: DataFile) -> str:
    digest = hashlib.sha256()
    for content in contents_of(file):
        digest.update(content)
    return digest.hexdigest()


def contents_of(file: DataFile) -> Iterator[bytes]:
    """Yield the pieces of a file in order, one at a time."""
    numbers = list(file.pieces.order_by("number").values_list("number", flat=True))
    for number in numbers:
        yield bytes(DataPiece.objects.get(file=file, number=number).content)
