"""What data may be registered, how it comes in pieces, and where it may go."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import tasks
from delivery.domain.data import (
    MAX_FILE_BYTES,
    MAX_FILES,
    PIECE_BYTES,
    FileAsked,
    check_dataset,
    missing_offsets,
    percent_of,
    piece_length,
    piece_number,
    pieces_of,
)
from delivery.domain.data_lifecycle import DATASET_LIFECYCLE, DATASET_STATE_OWNERS
from delivery.domain.data_refusals import DataShapeRefused, PieceDoesNotFit
from delivery.models import DatasetState
from exchange.lifecycle import MoveRefused

HASH = "0" * 64
sizes = st.integers(1, 4 * PIECE_BYTES)


def file(name: str = "a", size_bytes: int = 1, sha256: str = HASH) -> FileAsked:
    return FileAsked(name, size_bytes, sha256)


@pytest.mark.parametrize(
    ("name", "files", "field"),
    [
        ("", [file()], "name"),
        ("Words", [file()], "name"),
        (".words", [file()], "name"),
        ("../words", [file()], "name"),
        ("w" * 41, [file()], "name"),
        ("words", [], "files"),
        ("words", [file(str(number)) for number in range(MAX_FILES + 1)], "files"),
        ("words", [file(), file()], "files"),
        ("words", [file("a"), file("a/b")], "files"),
        ("words", [file("/etc/passwd")], "files"),
        ("words", [file("../up")], "files"),
        ("words", [file("a//b")], "files"),
        ("words", [file("-rf")], "files"),
        ("words", [file("deep/-rf")], "files"),
        ("words", [file("line\nbreak")], "files"),
        ("words", [file(" blank")], "files"),
        ("words", [file("n" * 121)], "files"),
        ("words", [file(size_bytes=0)], "files"),
        ("words", [file(size_bytes=MAX_FILE_BYTES + 1)], "files"),
        ("words", [file(sha256="0" * 63)], "files"),
        ("words", [file(sha256="G" * 64)], "files"),
    ],
)
def test_what_no_site_could_take_is_refused(name: str, files: list[Any], field: str) -> None:
    with pytest.raises(DataShapeRefused) as refusal:
        check_dataset(name, files)

    assert refusal.value.field == field


def test_names_of_people_s_files_are_taken() -> None:
    names = ("train.csv", "deep/down/训练.bin", "with blank.txt", ".hidden")

    check_dataset("imagenet-1k_2012.v2", [file(name) for name in names])


@given(sizes)
def test_pieces_make_the_file_and_nothing_more(size: int) -> None:
    lengths = [piece_length(size, number) for number in range(pieces_of(size))]

    assert sum(lengths) == size
    assert all(length == PIECE_BYTES for length in lengths[:-1])
    assert piece_length(size, pieces_of(size)) == 0


@given(sizes, st.integers(-2, 5 * PIECE_BYTES), st.integers(0, PIECE_BYTES + 1))
def test_a_piece_fits_in_its_place_alone(size: int, offset: int, length: int) -> None:
    number, rest = divmod(offset, PIECE_BYTES)
    fits = 0 <= offset < size and rest == 0 and length == piece_length(size, number)

    if fits:
        assert piece_number(size, offset, length) == number
    else:
        with pytest.raises(PieceDoesNotFit):
            piece_number(size, offset, length)


@given(sizes)
def test_every_whole_piece_fits_and_then_none_is_missing(size: int) -> None:
    for number in range(pieces_of(size)):
        offset = number * PIECE_BYTES
        assert piece_number(size, offset, piece_length(size, number)) == number
        assert offset in missing_offsets(size, set(range(number)))

    assert missing_offsets(size, set(range(pieces_of(size)))) == []


@given(st.integers(0, 1_000), st.integers(1, 1_000))
def test_a_hundred_per_cent_is_all_of_it(done: int, whole: int) -> None:
    done = min(done, whole)

    assert 0 <= percent_of(done, whole) <= 100
    assert (percent_of(done, whole) == 100) == (done == whole)


def test_states_are_those_of_the_rows_and_each_has_an_owner_that_clears_it() -> None:
    names = {getattr(task, "name", "") for task in vars(tasks).values()}

    assert DATASET_LIFECYCLE.states == set(DatasetState.values)
    assert set(DATASET_STATE_OWNERS) == DATASET_LIFECYCLE.states - DATASET_LIFECYCLE.ends
    assert {owner.task for owner in DATASET_STATE_OWNERS.values()} <= names
    assert all(DATASET_LIFECYCLE.may(state, "CLEARED") for state in DATASET_STATE_OWNERS)
    assert DATASET_LIFECYCLE.ends == {"CLEARED"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("ANNOUNCED", "STAGING"), ("UPLOADING", "STAGED"), ("UPLOADED", "STAGED")],
)
def test_nothing_is_staged_that_is_not_whole_and_brought(before: str, after: str) -> None:
    with pytest.raises(MoveRefused):
        DATASET_LIFECYCLE.check(before, after)
