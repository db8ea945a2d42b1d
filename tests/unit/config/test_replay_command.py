"""`manage.py replay`: the book alone, from a file or standard input, without a database."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "minimal.jsonl"


def replayed(file: Path, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("replay", str(file), stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_file_of_commands_becomes_lines_of_events() -> None:
    events = replayed(EXAMPLE)

    assert [event["event"] for event in events] == ["accepted", "accepted", "traded", "ended"]


def test_it_explains_and_says_what_the_book_hashes_to() -> None:
    *_, explained, last = replayed(EXAMPLE, explain=True, digest=True)

    assert explained["fills_at_limit_micros"] == 2_000_000
    assert (last["number"], len(last["digest"])) == (4, 32)


def test_a_day_in_two_halves_is_the_same_day(tmp_path: Path) -> None:
    lines = (EXAMPLE.parent / "evening.jsonl").read_text().splitlines(keepends=True)
    halves = tmp_path / "morning.jsonl", tmp_path / "evening.jsonl"
    for half, part in zip(halves, (lines[:-9], lines[-9:]), strict=True):
        half.write_text("".join(part))
    state = tmp_path / "state.json"

    first, second = (replayed(half, state=state, digest=True) for half in halves)

    whole = replayed(EXAMPLE.parent / "evening.jsonl", digest=True)
    assert second[-1] == whole[-1]
    assert first[:-1] + second[:-1] == whole[:-1]


def test_what_is_no_file_or_no_state_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file"):
        replayed(tmp_path / "nowhere.jsonl")
    (tmp_path / "state.json").write_text('{"number": 3}')
    with pytest.raises(CommandError, match="no state of a book"):
        replayed(EXAMPLE, state=tmp_path / "state.json")


def test_without_a_database_it_answers_standard_input_up_to_the_line_at_fault() -> None:
    lines = [*EXAMPLE.read_text().splitlines(), '{"do":"cancel","order":1}']
    nowhere = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    replay = subprocess.Popen(
        [sys.executable, "manage.py", "replay", "-"],
        cwd=ROOT,
        env=nowhere,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert replay.stdin is not None
    assert replay.stdout is not None
    for line in lines[:-2]:
        replay.stdin.write(f"{line}\n")

    assert '"accepted"' in replay.stdout.readline()  # before the rest is sent

    out, err = replay.communicate("\n".join(lines[-2:]), timeout=60)
    assert replay.returncode == 1
    assert len(out.splitlines()) == 3
    assert "line 8, field member: Object missing required field `member`" in err
