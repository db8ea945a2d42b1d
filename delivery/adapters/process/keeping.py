"""A job's outputs as one archive: packed inside the cell, read as a stranger's outside it.

Standard library only.
"""

import contextlib
import io
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Literal

MAX_FILES = 64
MAX_NAME_CHARACTERS = 200


def pack(folder: Path, descriptor: int, most_bytes: int) -> list[str]:
    """Write the folder's plain files in order of name; return what was left out and why."""
    left_out, kept, size = [], 0, 0
    with (
        os.fdopen(descriptor, "wb") as target,
        tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(_files(folder)):
            name = str(path.relative_to(folder))
            with contextlib.suppress(OSError), _opened(path) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    left_out.append(f"output {name} is not kept: it is not a plain file")
                elif kept >= MAX_FILES or size + found.st_size > most_bytes:
                    left_out.append(f"output {name} is not kept: over the limit")
                elif is_plain_name(name):
                    entry = tarfile.TarInfo(name)
                    entry.size = found.st_size
                    archive.addfile(entry, file)
                    kept, size = kept + 1, size + found.st_size
    return left_out[:MAX_FILES]


def _files(folder: Path) -> Iterator[Path]:
    for place, _folders, names in os.walk(folder, followlinks=False):
        for name in names:
            yield Path(place) / name


def _opened(path: Path) -> io.BufferedReader:
    """Open without following a link and without waiting at a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    return os.fdopen(descriptor, "rb")


def is_plain_name(name: str) -> bool:
    """Tell whether the name stays inside its folder and can be shown."""
    parts = name.split("/")
    return (
        0 < len(name) <= MAX_NAME_CHARACTERS
        and name.isprintable()
        and not any(part in {"", ".", ".."} for part in parts)
    )


def kept_in(source: Path | BinaryIO, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Return names and contents of an archive that a job may have written; the rest is passed by.

    Nothing is unpacked to a folder. Stops at the first thing that is no archive, and at the limits.
    """
    count, size = 0, 0
    problems = (tarfile.TarError, OSError, EOFError, ValueError)
    path, file = (source, None) if isinstance(source, Path) else (None, source)
    with contextlib.suppress(*problems), tarfile.open(path, "r:", fileobj=file) as archive:
        for entry in archive:
            if count >= MAX_FILES or size + entry.size > most_bytes:
                return
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is not None and entry.size >= 0 and is_plain_name(entry.name):
                count, size = count + 1, size + entry.size
                yield entry.name, content.read(entry.size)


def archive_of(files: Mapping[str, bytes], target: BinaryIO, *, packed: bool = False) -> None:
    """Write files as an archive that a job begins with; compressed, where it is to be packed."""
    mode: Literal["w", "w:gz"] = "w:gz" if packed else "w"
    with tarfile.open(fileobj=target, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))


def unpack(descriptor: int, folder: Path) -> None:
    """Put the files of an archive of our own into a folder; nothing when there is none."""
    with os.fdopen(descriptor, "rb") as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            return
        with tarfile.open(fileobj=source, mode="r:") as archive:
            for entry in archive:
                if entry.isreg() and is_plain_name(entry.name):
                    target = folder / entry.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file = archive.extractfile(entry)
                    target.write_bytes(file.read() if file else b"")
