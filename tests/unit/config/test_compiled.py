"""The compiled copy: taken only while it is a copy of these very sources."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from django.core.management import CommandError, call_command

from config import compiled, compiling
from exchange import book

SOURCES = {
    "exchange/__init__.py": "",
    "exchange/price.py": "def twice(price: int) -> int:\n    return 2 * price\n",
    "exchange/units.py": "",
    "exchange/book/__init__.py": "",
    "config/compiling.py": "",
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A checkout with a small room."""
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def pretend_to_compile(base: Path) -> Path:
    made = compiled.folder(base)
    made.mkdir(parents=True)
    (made / "manifest.json").write_text(json.dumps(compiled.origin(base)))
    return made


def test_without_a_copy_the_sources_run(base: Path) -> None:
    assert compiled.why_not(base) == "nothing is compiled"


def test_a_copy_fits_until_a_source_changes_and_again_when_it_is_changed_back(base: Path) -> None:
    pretend_to_compile(base)
    assert compiled.why_not(base) == ""

    (base / "exchange" / "units.py").write_text("BP = 10_001\n")
    assert compiled.why_not(base) == "the compiled copy is of other sources"

    (base / "exchange" / "units.py").write_text(SOURCES["exchange/units.py"])
    assert compiled.why_not(base) == ""


def test_a_copy_of_another_python_is_not_taken(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_to_compile(base)
    monkeypatch.setattr(sys, "version", "3.12.0")

    assert compiled.why_not(base) == "the compiled copy is of other sources"


def test_a_new_source_is_another_origin(base: Path) -> None:
    pretend_to_compile(base)
    (base / "exchange" / "book" / "more.py").write_text("")

    assert compiled.why_not(base) == "the compiled copy is of other sources"


def test_a_copy_whose_manifest_is_cut_off_or_lies_is_not_taken(base: Path) -> None:
    manifest = pretend_to_compile(base) / "manifest.json"
    manifest.write_text('{"sources": "00"}')
    assert compiled.why_not(base) == "the compiled copy does not say what it is made of"

    manifest.write_text('{"sour')
    assert compiled.why_not(base) == "the compiled copy is of other sources"


def test_what_is_imported_already_is_not_replaced(base: Path) -> None:
    pretend_to_compile(base)
    before = list(sys.path)

    assert "imported already" in compiled.prefer(base)
    assert sys.path == before
    compiled.Choice.told = None


def test_what_cannot_be_compiled_is_said_and_leaves_no_copy(base: Path) -> None:
    (base / "exchange" / "price.py").write_text("def twice(price: int) -> int:\n")

    with pytest.raises(compiling.CannotCompile, match=r"price\.py"):
        compiling.compile_copy(base)
    assert list(compiled.home(base).iterdir()) == []


def test_what_defines_a_structure_of_the_language_stays_plain() -> None:
    """A native one has no tag, and then nothing that reads the journal can be imported."""
    defining = {
        found.__module__.rsplit(".", 1)[-1]
        for module in pkgutil.iter_modules(book.__path__, "exchange.book.")
        for found in vars(importlib.import_module(module.name)).values()
        if isinstance(found, type) and issubclass(found, msgspec.Struct)
        if found.__module__.startswith("exchange.book.")
    }

    assert defining | {"__init__"} == compiling.PLAIN


def test_the_command_says_why_nothing_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> bool:
        raise compiling.CannotCompile("no gcc")

    monkeypatch.setattr("config.management.commands.compile.compile_copy", refused)

    with pytest.raises(CommandError, match="no gcc\nthe book was not compiled"):
        call_command("compile")


def test_a_process_that_matches_says_which_book_it_runs() -> None:
    example = compiled.BASE / "docs" / "examples" / "minimal.jsonl"
    replayed = subprocess.run(
        [sys.executable, "manage.py", "replay", str(example)],
        cwd=compiled.BASE,
        env=os.environ | {"LOG_LEVEL": "INFO"},
        capture_output=True,
        text=True,
        check=True,
    )

    reason = compiled.why_not()
    expected = f"plain source: {reason}" if reason else f"compiled copy {compiled.folder().name}"
    assert expected in replayed.stderr
    assert "book" not in replayed.stdout
