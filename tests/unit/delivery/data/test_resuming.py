"""Laws of bringing data: kills, repeats and losses in any order end in the same bytes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from delivery.actions.data.copying import Source, WrongAtSite, copy_turn
from delivery.adapters.connector import ConnectorFailed
from delivery.domain.data import PIECE_BYTES, is_plain_path
from delivery.domain.handover import AllocationView, Held
from tests.unit.delivery.process_site import VIEW

SIZES = (1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 7)
TROUBLES = (
    "well", "takes part", "takes nothing", "dies before", "dies after", "dies amid", "repeats",
    "loses its tail", "loses all", "spoils a byte",
)  # fmt: skip


class Killed(Exception):
    """The worker died here."""


@dataclass
class Shelf:
    """A site in memory that keeps the protocol, with trouble at each write in order."""

    troubles: list[str]
    coming: dict[str, bytearray] = field(default_factory=dict)
    shown: dict[str, bytes] = field(default_factory=dict)
    earlier: list[tuple[str, int, bytes]] = field(default_factory=list)
    takes_data: bool = True

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        found = {name: Held(len(content)) for name, content in self.coming.items()}
        return found | {name: Held(len(c), sealed=True) for name, c in self.shown.items()}

    def stage(self, view: AllocationView, name: str, offset: int, content: bytes) -> int:
        assert is_plain_path(name)
        trouble = self.troubles.pop() if self.troubles else "well"
        if trouble == "dies before":
            raise Killed
        if trouble == "takes nothing":
            return 0
        if trouble in {"takes part", "dies amid"}:
            content = content[: len(content) // 2]
        if trouble == "repeats" and self.earlier:
            # A worker that was stopped comes back and writes what it had read.
            self._write(*self.earlier[len(self.earlier) // 2])
        self._write(name, offset, content)
        self.earlier.append((name, offset, content))
        self._lose(trouble, name)
        if trouble in {"dies after", "dies amid"}:
            raise Killed
        return len(content)

    def _write(self, name: str, offset: int, content: bytes) -> None:
        held = self.coming.setdefault(name, bytearray())
        if offset > len(held):
            msg = "a gap"
            raise ConnectorFailed(msg)
        held[offset : offset + len(content)] = content

    def _lose(self, trouble: str, name: str) -> None:
        if trouble == "loses its tail":
            del self.coming[name][len(self.coming[name]) // 3 :]
        elif trouble == "loses all":
            # What is shown goes with the hand-over alone, whose next one is of another generation.
            self.coming.clear()
        elif trouble == "spoils a byte" and self.coming[name]:
            self.coming[name][0] ^= 1

    def seal_staged(self, view: AllocationView, name: str, sha256: str) -> bool:
        content = bytes(self.coming.pop(name, b""))
        if hashlib.sha256(content).hexdigest() == sha256:
            self.shown[name] = content
        return name in self.shown


def content_of(number: int, size: int) -> bytes:
    return hashlib.sha256(bytes([number])).digest() * (size // 32 + 1)


@given(
    sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=3),
    troubles=st.lists(st.sampled_from(TROUBLES), max_size=12),
    budgets=st.lists(st.sampled_from((1, 1_000, PIECE_BYTES, 10 * PIECE_BYTES)), max_size=20),
)
def test_any_order_of_kills_and_repeats_ends_in_the_same_bytes(
    sizes: list[int], troubles: list[str], budgets: list[int]
) -> None:
    contents = {number: content_of(number, size)[:size] for number, size in enumerate(sizes)}
    files = [
        Source(number, f"words/{number}", len(content), hashlib.sha256(content).hexdigest())
        for number, content in contents.items()
    ]
    shelf, budgets = Shelf(list(troubles)), list(budgets)

    def read(number: int, piece: int) -> bytes:
        return contents[number][piece * PIECE_BYTES :][:PIECE_BYTES]

    for _turn in range(len(troubles) + len(budgets) + 5):
        try:
            budget = budgets.pop() if budgets else 100 * PIECE_BYTES
            turn = copy_turn(shelf, VIEW, files, read, budget)
        except (Killed, WrongAtSite, ConnectorFailed):
            continue
        assert all(0 <= came <= files[pk].size_bytes for pk, came in turn.staged_bytes.items())
        if turn.complete:
            break
    else:
        raise AssertionError(shelf.troubles)

    assert shelf.shown == {f"words/{number}": content for number, content in contents.items()}


def test_what_was_spoiled_is_never_shown_and_comes_again() -> None:
    content = content_of(1, 1_000)
    files = [Source(1, "words/1", len(content), hashlib.sha256(content).hexdigest())]
    shelf = Shelf(["spoils a byte"])

    try:
        copy_turn(shelf, VIEW, files, lambda _file, _piece: content, PIECE_BYTES)
    except WrongAtSite:
        assert shelf.shown == {}
    turn = copy_turn(shelf, VIEW, files, lambda _file, _piece: content, PIECE_BYTES)

    assert turn.complete
    assert shelf.shown == {"words/1": content}
