"""The script that Slurm runs, by this machine's own bash: codes, outputs, beginnings, warnings."""

import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.process.keeping import kept_in
from delivery.adapters.slurm.script import (
    LEFT_WHEN_WARNED,
    MAX_BEGIN_BYTES,
    packed_files,
    script_of,
)

NAME = "gh-GH-2026-1-g1.job-1"
KEEPS = 10_000


def begun(home: Path, *argv: str, limit: int = 20, begin: bytes = b"") -> subprocess.Popen[str]:
    text = script_of(NAME, argv, limit, begins_with=begin, most_bytes=KEEPS)
    (home / "script").write_text(text)
    return subprocess.Popen(
        ["bash", str(home / "script")],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "GRIDHOUR_SAVES_IN_S": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kept(home: Path) -> dict[str, bytes]:
    return dict(kept_in(BytesIO((home / f"{NAME}.tar").read_bytes()), KEEPS))


@pytest.mark.parametrize("code", [0, 3])
def test_it_ends_with_the_jobs_code_and_keeps_its_plain_files(tmp_path: Path, code: int) -> None:
    job = 'cd "$GRIDHOUR_OUTPUTS"; echo 1 > a; mkdir d; echo 2 > "d/a b"; ln -s a l; mkfifo p'
    process = begun(tmp_path, "sh", "-c", f"{job}; exit {code}")

    process.communicate(timeout=30)

    assert process.returncode == code
    assert kept(tmp_path) == {"a": b"1\n", "d/a b": b"2\n"}


def test_a_job_that_leaves_nothing_leaves_an_empty_archive(tmp_path: Path) -> None:
    begun(tmp_path, "true").communicate(timeout=30)

    assert kept(tmp_path) == {}


def test_over_its_time_it_ends_as_timeout_does(tmp_path: Path) -> None:
    process = begun(tmp_path, "sleep", "30", limit=1)

    process.communicate(timeout=30)

    assert process.returncode == 124


def test_it_begins_with_the_files_that_it_carries(tmp_path: Path) -> None:
    begin = packed_files({"state/step": b"17"})
    process = begun(tmp_path, "sh", "-c", 'cat "$GRIDHOUR_OUTPUTS/state/step"', begin=begin)

    said, _ = process.communicate(timeout=30)

    assert said == "17"
    assert kept(tmp_path) == {"state/step": b"17"}


def test_what_a_script_cannot_carry_is_refused() -> None:
    with pytest.raises(ConnectorFailed, match=f"at most {MAX_BEGIN_BYTES}"):
        packed_files({"noise": os.urandom(MAX_BEGIN_BYTES + 1)})


def test_words_stay_words_whatever_is_in_them(tmp_path: Path) -> None:
    process = begun(tmp_path, "printf", "%s|", "a b", "$(id)", "{x}", "'; exit 9; '")

    said, _ = process.communicate(timeout=30)

    assert said == "a b|$(id)|{x}|'; exit 9; '|"


def test_warned_twice_the_job_hears_it_once_saves_and_is_ended(tmp_path: Path) -> None:
    program = (
        "import os, signal, time\n"
        "def save(*_): open(os.environ['GRIDHOUR_OUTPUTS'] + '/step', 'a').write('5')\n"
        "signal.signal(signal.SIGUSR1, save)\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 20\n"
        "while time.monotonic() < end: time.sleep(0.02)\n"
    )
    process = begun(tmp_path, sys.executable, "-c", program)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    for _ in range(2):
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.2)
    process.communicate(timeout=15)

    assert process.returncode == LEFT_WHEN_WARNED
    assert kept(tmp_path) == {"step": b"5"}


def test_an_acceptance_job_only_runs() -> None:
    assert "GRIDHOUR_OUTPUTS" not in script_of(NAME, ("true",), 5)
