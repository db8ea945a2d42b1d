"""No half-done merge is committed: git's own marks of it would stand on a page."""

from collections.abc import Iterable
from pathlib import Path

from tests.architecture.test_file_lengths import NOT_OURS, ROOT

# Written apart, so that this file has none.
MARKS = tuple(mark * 7 + " " for mark in "<>")
TEXT = {"", ".css", ".html", ".js", ".json", ".md", ".po", ".py", ".sh", ".toml", ".txt", ".yaml"}


def marked(files: Iterable[Path]) -> list[str]:
    """Return which lines of which files begin as git marks the two sides of a conflict."""
    return [
        f"{file.name}:{number}"
        for file in files
        for number, line in enumerate(file.read_bytes().decode(errors="replace").splitlines(), 1)
        if line.startswith(MARKS)
    ]


def our_files() -> list[Path]:
    """Return what this checkout is made of, migrations too: no output, no caches."""
    not_ours = NOT_OURS - {"migrations"}
    tops = [top for top in sorted(ROOT.iterdir()) if top.name not in not_ours]
    ours = [top for top in tops if not top.name.startswith(".") or top.name == ".ci"]
    found = [file for top in ours for file in (top.rglob("*") if top.is_dir() else [top])]
    return [file for file in found if file.suffix in TEXT and not not_ours & set(file.parts)]


def test_no_file_is_left_in_the_middle_of_a_merge() -> None:
    files = our_files()

    assert ROOT / "templates/delivery/delivery.html" in files
    assert ROOT / "CHANGELOG.md" in files
    assert marked([file for file in files if file.is_file()]) == []


def test_a_mark_is_found_wherever_it_stands(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<p>one</p>\n{MARKS[0]}HEAD\n<p>two</p>\n=======\n{MARKS[1]}8b62ea6 (three)\n")

    assert marked([page]) == ["page.html:2", "page.html:5"]
