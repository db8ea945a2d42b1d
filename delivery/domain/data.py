"""Data that jobs read: what a delivery may be given, how it comes in pieces, and how far it is."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from delivery.domain.data_refusals import DataShapeRefused, PieceDoesNotFit
from exchange.units import ceil_div

MEBIBYTE = 1024 * 1024
PIECE_BYTES = MEBIBYTE // 2
MAX_FILES = 64
MAX_FILE_BYTES = 128 * MEBIBYTE
MAX_DATASETS_A_DELIVERY = 16
MAX_BYTES_A_DELIVERY = 256 * MEBIBYTE
MAX_BYTES_A_BUYER = 1024 * MEBIBYTE
# A browser without script sends all at once.
MAX_FORM_BYTES = 16 * MEBIBYTE
MAX_PATH_CHARACTERS = 120

DATASET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileAsked:
    """A file that is announced: its path below the dataset's folder, bytes, and hash in hex."""

    name: str
    size_bytes: int
    sha256: str


def check_dataset(name: str, files: Sequence[FileAsked]) -> None:
    """Refuse with DataShapeRefused names, sizes and hashes that no site could take."""
    if not DATASET_NAME.fullmatch(name):
        detail = "a name has 1 to 40 of a-z, 0-9, dot, dash and underscore, and no dot first"
        raise DataShapeRefused(field="name", detail=detail)
    if not 1 <= len(files) <= MAX_FILES:
        raise DataShapeRefused(detail=f"a dataset has 1 to {MAX_FILES} files")
    for file in files:
        _check_file(file)
    names = {file.name for file in files}
    if len(names) < len(files):
        raise DataShapeRefused(detail="two files have one name")
    folders = {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}
    if names & folders:
        raise DataShapeRefused(detail=f"{min(names & folders)} is a file and a folder")


def _check_file(file: FileAsked) -> None:
    if not is_plain_path(file.name):
        raise DataShapeRefused(detail=f"{file.name[:40]!r} is no name below a folder")
    if not 1 <= file.size_bytes <= MAX_FILE_BYTES:
        raise DataShapeRefused(detail=f"{file.name} has not 1 to {MAX_FILE_BYTES} bytes")
    if not SHA256.fullmatch(file.sha256):
        raise DataShapeRefused(detail=f"the SHA-256 of {file.name} is not 64 hex digits")


def is_plain_path(name: str) -> bool:
    """Tell whether a path stays below its folder, can be shown, and is no option of a program."""
    parts = name.split("/")
    return (
        0 < len(name) <= MAX_PATH_CHARACTERS
        and name.isprintable()
        and name == name.strip()
        and not any(part in {"", ".", ".."} or part.startswith("-") for part in parts)
    )


def pieces_of(size_bytes: int) -> int:
    """Return how many pieces a file comes in; all but the last are whole."""
    return ceil_div(size_bytes, PIECE_BYTES)


def piece_length(size_bytes: int, number: int) -> int:
    """Return the bytes of a file's piece, counted from nought; none beyond its end."""
    return max(0, min(PIECE_BYTES, size_bytes - number * PIECE_BYTES))


def piece_number(size_bytes: int, offset: int, length: int) -> int:
    """Return which piece stands at an offset; PieceDoesNotFit when none does, or one longer."""
    number, rest = divmod(offset, PIECE_BYTES)
    expected = piece_length(size_bytes, number) if offset >= 0 and rest == 0 else 0
    if expected == 0:
        raise PieceDoesNotFit(field="offset", offset=offset, expected=0, got=length)
    if length != expected:
        raise PieceDoesNotFit(field="content", offset=offset, expected=expected, got=length)
    return number


def missing_offsets(size_bytes: int, present: Collection[int]) -> list[int]:
    """Return where the pieces begin that are not there yet, in order."""
    numbers = range(pieces_of(size_bytes))
    return [number * PIECE_BYTES for number in numbers if number not in present]


def percent_of(done_bytes: int, whole_bytes: int) -> int:
    """Return a share in whole per cent, rounded down: 100 means all."""
    return done_bytes * 100 // whole_bytes if whole_bytes else 0


def same_files(kept: Mapping[str, tuple[int, str]], asked: Sequence[FileAsked]) -> bool:
    """Tell whether the files asked for are those kept, by name, size and hash."""
    return kept == {file.name: (file.size_bytes, file.sha256) for file in asked}
