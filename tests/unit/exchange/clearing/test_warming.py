"""The clearing's loops are compiled once and kept: nobody waits for them a second time."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.clearing.clearing import clear
from exchange.clearing.kernels import FOLDER
from exchange.clearing.kernels.cache import NAME, drop_older, folder, kept_in, own_copy
from exchange.clearing.warming import every_kind, warm
from exchange.verifying import verify

ROOT = Path(__file__).parents[4]
# What a worker does when its first auction comes: a new process, another book.
FIRST_CLEARING = """
import json, sys
from exchange.clearing.clearing import clear
from exchange.clearing.kernels import FOLDER
from exchange.clearing.kernels.cache import kept_in
from bench.auction.generator import generate
before = kept_in(FOLDER)
for book in (json.load(open("docs/examples/day-ahead/book.json")), generate("S", 1, linked=True)):
    clear(book)
print(before, kept_in(FOLDER))
"""


def test_a_process_that_clears_later_finds_every_loop_compiled() -> None:
    warm()

    told = subprocess.run(
        [sys.executable, "-c", FIRST_CLEARING], cwd=ROOT, capture_output=True, text=True, check=True
    )

    before, after = told.stdout.split()
    assert int(before) > 40
    assert before == after


def test_loops_that_are_compiled_are_not_compiled_again() -> None:
    warm()

    assert warm() == 0


def test_the_book_that_warms_is_one_that_clears() -> None:
    outcome = json.loads(json.dumps(clear(every_kind())))

    assert verify(every_kind(), outcome) == []
    assert len(outcome["accepted"]) > 5


def test_loops_are_kept_beside_the_sources_or_where_one_says(tmp_path: Path) -> None:
    assert FOLDER is not None
    assert FOLDER.name == NAME
    assert folder(str(tmp_path)) == tmp_path / NAME


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder that takes no files, not even root's: it is none."""
    path = tmp_path / "closed"
    path.write_text("")
    return path


def test_where_nothing_can_be_written_the_temporary_folder_serves(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    found = folder(str(closed))

    assert found is not None
    assert found.parent == tmp_path
    assert folder(str(closed)) == found


def test_where_no_folder_takes_files_nothing_is_kept(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(closed))

    assert folder(str(closed)) is None
    assert kept_in(None) == 0


def test_what_an_image_has_compiled_is_copied_once_for_this_user_alone(tmp_path: Path) -> None:
    home, below = tmp_path / "image", tmp_path / "tmp"
    (home / "kernels").mkdir(parents=True)
    (home / "kernels" / "loop.1.nbc").write_text("code")
    below.mkdir()

    copy = own_copy(home, below)

    assert kept_in(copy) == 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert own_copy(home, below) == copy


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    first = own_copy(tmp_path / "none", tmp_path)
    first.chmod(0o777)

    assert own_copy(tmp_path / "none", tmp_path) != first


def test_what_was_compiled_of_other_sources_is_dropped(tmp_path: Path) -> None:
    here, older, other = tmp_path / NAME, tmp_path / ("0" * 16), tmp_path / "module.pyc"
    here.mkdir()
    older.mkdir()
    other.write_text("")

    drop_older(here)

    assert sorted(tmp_path.iterdir()) == sorted([here, other])
