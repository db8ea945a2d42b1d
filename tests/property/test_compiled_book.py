"""The compiled book and the plain one answer every command alike, and hash to the same.

`make test` sends 5,000 commands where a compiled copy is, GRIDHOUR_TEST_FULL=1 a hundred
thousand.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from config import compiled
from exchange.book import Book
from exchange.book import commands as say
from exchange.book.replay import replay
from tests.property.book_commands import WIDTH, command_of, prelude
from tests.property.book_laws import Watcher

STEPS = 100_000 if os.environ.get("GRIDHOUR_TEST_FULL") else 5_000
A_DAY = 2_500
pytestmark = pytest.mark.skipif(
    bool(compiled.why_not()), reason=f"{compiled.why_not()}: make compile"
)


def day(chance: random.Random) -> list[say.Said]:
    """Commands of one market, each of which knows what the book has answered so far."""
    book, watcher = Book(), Watcher()
    sent: list[say.Said] = []
    for fact in prelude():
        book.apply(fact)
        watcher.saw(fact, [])
        sent.append(fact)
    while len(sent) < A_DAY:
        said = command_of(chance.randbytes(WIDTH), watcher)
        if said is not None:
            sent.append(said)
            watcher.saw(said, book.apply(said))
    return sent


def test_the_modules_of_the_copy_are_the_ones_that_run() -> None:
    """Whatever Django, Celery and the commands do to the import path meanwhile."""
    ask = (
        "import sys, manage; sys.argv = ['manage.py', 'replay', '-']; manage.main();"
        "from exchange.book import buying, commands; print(buying.__file__, commands.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=compiled.BASE,
        input="",
        capture_output=True,
        text=True,
        check=True,
    )

    book = compiled.folder() / "exchange" / "book"
    native, plain = done.stdout.split()
    assert Path(native).parent == Path(plain).parent == book
    assert native.endswith(".so")


def by_the_compiled_book(file: Path, *options: str) -> tuple[list[bytes], dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "manage.py", "replay", str(file), "--digest", *options],
        cwd=compiled.BASE,
        env=os.environ | {"LOG_LEVEL": "INFO"},
        capture_output=True,
        check=True,
    )
    assert f"compiled copy {compiled.folder().name}".encode() in done.stderr
    *events, last = done.stdout.splitlines()
    return events, json.loads(last)


def written(commands: list[say.Said], file: Path) -> Path:
    file.write_bytes(b"\n".join(msgspec.json.encode(said) for said in commands))
    return file


def test_the_compiled_book_answers_as_the_plain_one_does(tmp_path: Path) -> None:
    chance = random.Random(8)
    steps = 0
    while steps < STEPS:
        commands = day(chance)
        file = written(commands, tmp_path / "day.jsonl")
        book = Book()
        plain = list(replay(file.read_bytes().splitlines(), book, explain=True))

        events, last = by_the_compiled_book(file, "--explain")

        assert events == plain
        assert last == {"digest": book.digest(), "number": book.number}
        steps += len(commands)


def test_either_book_goes_on_where_the_other_one_stopped(tmp_path: Path) -> None:
    commands = day(random.Random(9))
    morning, evening = commands[: A_DAY // 2], commands[A_DAY // 2 :]
    whole = Book()
    for said in commands:
        whole.apply(said)
    state = tmp_path / "state.json"

    by_the_compiled_book(written(morning, tmp_path / "m.jsonl"), "--state", str(state))
    handed_over = Book.restore(json.loads(state.read_text()))
    for said in evening:
        handed_over.apply(said)

    assert handed_over.state() == whole.state()
    state.unlink()
    first = Book()
    for said in morning:
        first.apply(said)
    state.write_text(json.dumps(first.state()))
    last = by_the_compiled_book(written(evening, tmp_path / "e.jsonl"), "--state", str(state))[1]
    assert last == {"digest": whole.digest(), "number": whole.number}
