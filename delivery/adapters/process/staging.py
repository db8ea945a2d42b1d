"""Data for the jobs of a hand-over: written piece by piece, shown to them whole and checked."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.process.places import Holding
from delivery.domain.data import is_plain_path
from delivery.domain.handover import Held


def staged(holding: Holding) -> dict[str, Held]:
    """Return what stands of each file; what jobs see counts before what is on its way."""
    found = {name: Held(size) for name, size in _files(holding.incoming)}
    return found | {name: Held(size, sealed=True) for name, size in _files(holding.data)}


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    for place, _folders, names in os.walk(folder, followlinks=False):
        for name in names:
            path = Path(place) / name
            yield str(path.relative_to(folder)), path.stat().st_size


def stage(holding: Holding, name: str, offset: int, content: bytes) -> int:
    """Write at the offset and return how many bytes; ConnectorFailed for a gap or a full disk."""
    path = _below(holding.incoming, name)
    try:
        _folder(path.parent, holding.incoming)
        made = os.O_CREAT if offset == 0 else 0
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | made, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            if offset > os.fstat(descriptor).st_size:
                msg = f"{name} would have a gap before {offset}"
                raise ConnectorFailed(msg)
            return os.pwrite(file.fileno(), content, offset)
    except OSError as failure:
        msg = f"{name} cannot be written: {failure.strerror}"
        raise ConnectorFailed(msg) from failure


def seal(holding: Holding, name: str, sha256: str) -> bool:
    """Move a file of that hash to where jobs see it; throw away one of another."""
    path, target = _below(holding.incoming, name), _below(holding.data, name)
    if not path.exists():
        # Another worker was faster.
        return target.exists()
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        path.unlink(missing_ok=True)
        return False
    path.chmod(0o444)
    _folder(target.parent, holding.data)
    path.replace(target)
    return True


def drop(holding: Holding) -> None:
    """Remove all data of a hand-over that has ended."""
    for folder in (holding.incoming, holding.data):
        shutil.rmtree(folder, ignore_errors=True)


def _below(folder: Path, name: str) -> Path:
    if not is_plain_path(name):
        msg = f"{name!r} is no file below a folder"
        raise ConnectorFailed(msg)
    return folder / name


def _folder(path: Path, top: Path) -> None:
    """Make the folder and those above it up to the top, readable by the jobs' accounts."""
    if path != top:
        _folder(path.parent, top)
    path.mkdir(exist_ok=True)
    path.chmod(0o755)
