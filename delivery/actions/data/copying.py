"""Copy a dataset to its site as far as a turn goes: by what stands there, never by memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from delivery.adapters.connector import ConnectorFailed, StagesData
from delivery.domain.data import PIECE_BYTES
from delivery.domain.handover import AllocationView, Held

# A file of a dataset, and the number of one of its pieces: its bytes.
Read = Callable[[int, int], bytes]
NOTHING = Held(0)
# A site may be slow: however little came, others wait no longer for the worker.
TURN_S = 5.0


class WrongAtSite(ConnectorFailed):
    """What stands at the site is not the file; it was thrown away."""


@dataclass(frozen=True)
class Source:
    """A file to be brought: its number here, its name at the site, bytes and hash."""

    id: int
    name: str
    size_bytes: int
    sha256: str


@dataclass
class Turn:
    """How far a turn came, and may go: bytes at the site by file; whether every file is sealed."""

    left_bytes: int
    ends_at: float
    staged_bytes: dict[int, int] = field(default_factory=dict)
    complete: bool = True


def copy_turn(
    site: StagesData, view: AllocationView, files: Sequence[Source], read: Read, most_bytes: int
) -> Turn:
    """Bring at most so many bytes, and seal the files that are whole; harmless to repeat.

    Raises WrongAtSite for a file whose hash is another there, and what the site raises.
    """
    held, turn = site.staged(view), Turn(most_bytes, time.monotonic() + TURN_S)
    for file in files:
        stands = held.get(file.name, NOTHING)
        sealed = stands.sealed
        if not sealed:
            came = _copy(site, view, file, min(stands.size_bytes, file.size_bytes), read, turn)
            turn.staged_bytes[file.id] = came
            sealed = came == file.size_bytes and _sealed(site, view, file)
        if sealed:
            turn.staged_bytes[file.id] = file.size_bytes
        turn.complete = turn.complete and sealed
    return turn


def _copy(
    site: StagesData, view: AllocationView, file: Source, offset: int, read: Read, turn: Turn
) -> int:
    """Bring bytes from the offset on while the turn has some left; return how many stand there."""
    while offset < file.size_bytes and turn.left_bytes > 0 and time.monotonic() < turn.ends_at:
        number, begun = divmod(offset, PIECE_BYTES)
        content = read(file.id, number)[begun:][: turn.left_bytes]
        took = site.stage(view, file.name, offset, content)
        offset += took
        # One that takes less takes no more now: the next turn asks again.
        turn.left_bytes = turn.left_bytes - took if took == len(content) else 0
    return offset


def _sealed(site: StagesData, view: AllocationView, file: Source) -> bool:
    if not site.seal_staged(view, file.name, file.sha256):
        msg = f"{file.name} came to the site with another hash"
        raise WrongAtSite(msg)
    return True
