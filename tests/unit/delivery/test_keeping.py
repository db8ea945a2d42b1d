"""Archives that a job wrote are read as a stranger's."""

import io
import tarfile
from pathlib import Path

import pytest

from delivery.adapters.process.keeping import MAX_FILES, archive_of, is_plain_name, kept_in


def archive(path: Path, *entries: tuple[str, bytes, bytes]) -> Path:
    with tarfile.open(path, "w") as target:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), "/etc/passwd"
            target.addfile(entry, io.BytesIO(content))
    return path


def test_only_plain_files_with_plain_names_are_taken(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.tar",
        ("good", tarfile.REGTYPE, b"1"),
        ("../up", tarfile.REGTYPE, b"2"),
        ("/absolute", tarfile.REGTYPE, b"3"),
        ("line\nbreak", tarfile.REGTYPE, b"4"),
        ("link", tarfile.SYMTYPE, b""),
        ("hard", tarfile.LNKTYPE, b""),
        ("device", tarfile.BLKTYPE, b""),
        ("pipe", tarfile.FIFOTYPE, b""),
        ("in/a/folder", tarfile.REGTYPE, b"5"),
    )

    assert dict(kept_in(path, 100)) == {"good": b"1", "in/a/folder": b"5"}


def test_an_archive_stops_at_its_limits(tmp_path: Path) -> None:
    many = [(f"f{n:03}", tarfile.REGTYPE, b"x") for n in range(MAX_FILES + 9)]
    large = [("a", tarfile.REGTYPE, b"x" * 60), ("b", tarfile.REGTYPE, b"x" * 60)]

    assert len(dict(kept_in(archive(tmp_path / "many.tar", *many), 10_000))) == MAX_FILES
    assert set(dict(kept_in(archive(tmp_path / "large.tar", *large), 100))) == {"a"}


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\0" * 10_240, b"\xff" * 2_000])
def test_what_is_no_archive_holds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)

    assert dict(kept_in(tmp_path / "x.tar", 100)) == {}
    assert dict(kept_in(tmp_path / "missing.tar", 100)) == {}


def test_a_header_that_promises_more_than_it_has_is_passed_by(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar", ("good", tarfile.REGTYPE, b"1" * 600))
    path.write_bytes(path.read_bytes()[:700])

    assert dict(kept_in(path, 10_000)) == {}


FILES = {"a": b"1", "b/c": b""}


def test_files_of_our_own_come_back() -> None:
    target = io.BytesIO()
    archive_of(FILES, target)
    target.seek(0)

    assert dict(kept_in(target, 10)) == FILES


def test_a_compressed_archive_is_passed_by_since_little_of_it_may_be_much() -> None:
    target = io.BytesIO()
    archive_of(FILES, target, packed=True)
    target.seek(0)

    assert dict(kept_in(target, 10)) == {}


@pytest.mark.parametrize("name", ["", "..", "a/../b", "a//b", "/a", "./a", "a\0", "x" * 201])
def test_a_name_that_leaves_its_folder_is_not_plain(name: str) -> None:
    assert not is_plain_name(name)
