"""The points at which tests kill: named once, passed by nobody outside of tests."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from tests.faults.kills.judging import (
    ENDED,
    MAY_HAVE_ONE,
    NEEDS_ONE,
    Kept,
    doubled,
    unclean,
    wrong,
)
from tests.faults.kills.points import EVERY_LANE, POINTS, STAGES, deck, kills
from tests.services.checkout import ROOT

CALL = re.compile(r'\bfailpoint\("([a-z_.]+)"\)')
ONE = Kept("gh-A-1-g1", "DELIVERING", job="SUCCEEDED", ran=1)
MODULES = ("counter.failpoints", "gridhour_agent.failpoints")


def passed_in(folder: Path) -> list[str]:
    return [name for file in folder.rglob("*.py") for name in CALL.findall(file.read_text())]


def test_every_point_of_the_code_is_in_the_table_and_passed_at_one_place() -> None:
    found = passed_in(ROOT / "delivery") + passed_in(ROOT / "agent" / "gridhour_agent")

    assert sorted(found) == sorted(POINTS)


def test_a_deck_has_every_point_before_any_comes_again() -> None:
    cards = deck(EVERY_LANE, 200, random.Random(1))

    assert {card.point for card in cards[: len(POINTS)]} == set(POINTS)
    assert {POINTS[card.point].stage for card in cards} == set(STAGES)
    assert {card.victim for card in cards} == {"worker", "web", "agent", "slurmrestd"}
    assert set(cards) == set(kills(EVERY_LANE))


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("deed", "ended"), [("die", -signal.SIGKILL), ("die together", -signal.SIGKILL), ("", 0)]
)
def test_a_process_ends_at_the_point_that_was_armed(
    tmp_path: Path, module: str, deed: str, ended: int
) -> None:
    for name in ("armed", "taken"):
        (tmp_path / name).mkdir()
    if deed:
        (tmp_path / "armed" / "here").write_text(deed)
    code = f"from {module} import failpoint; failpoint('there'); failpoint('here')"
    environment = {**os.environ, "GRIDHOUR_FAILPOINTS": str(tmp_path), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=False, start_new_session=True
    )

    assert done.returncode == ended
    assert len(list((tmp_path / "taken").iterdir())) == bool(deed)
    assert not list((tmp_path / "armed").iterdir())


@pytest.mark.parametrize("module", MODULES)
def test_without_the_variable_nothing_is_looked_for(tmp_path: Path, module: str) -> None:
    (tmp_path / "armed").mkdir()
    (tmp_path / "armed" / "here").write_text("die")
    code = f"from {module} import failpoint; failpoint('here')"
    known = {name: v for name, v in os.environ.items() if name != "GRIDHOUR_FAILPOINTS"}

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**known, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 0


def test_the_judge_is_content_with_one_live_hand_over_or_a_clean_end() -> None:
    done = Kept("gh-A-2-g3", "COMPLETED", job="SUCCEEDED", ran=1)
    failed = Kept("gh-A-3-g1", "FAILED")

    assert wrong([ONE, done, failed], ["gh-A-1-g1"]) == []
    assert unclean([done, failed], [], []) == []


@pytest.mark.parametrize(
    ("kept", "live", "told"),
    [
        (ONE, ["gh-A-1-g1", "gh-A-1-g1"], "gh-A-1 lives 2 times"),
        (ONE, ["gh-A-1-g1", "gh-A-1-g2"], "gh-A-1 lives 2 times"),
        (ONE, ["gh-A-1-g2"], "gh-A-1-g2 lives instead of gh-A-1-g1"),
        (ONE, [], "gh-A-1-g1 is DELIVERING and does not live"),
        (ONE, ["gh-A-1-g1", "gh-B-9-g1"], "gh-B-9-g1 lives, and nobody owns it"),
        (Kept("gh-A-1-g1", "FAILED"), ["gh-A-1-g1"], "gh-A-1-g1 lives, and nobody owns it"),
        (Kept("gh-A-1-g1", "FAILED", allocations=2), [], "gh-A-1-g1: 2 allocations"),
        (Kept("gh-A-1-g1", "FAILED", job="FAILED", ran=2), [], "the job on gh-A-1-g1 ran 2 times"),
        (
            Kept("gh-A-1-g1", "COMPLETED", job="SUCCEEDED"),
            [],
            "the job on gh-A-1-g1 succeeded and did not run",
        ),
    ],
)
def test_the_judge_finds_what_was_planted(kept: Kept, live: list[str], told: str) -> None:
    assert told in wrong([kept], live)


def test_the_judge_finds_what_is_left_at_the_end() -> None:
    running = Kept("gh-A-1-g1", "COMPLETED", job="RUNNING")

    assert unclean([ONE], ["gh-A-1-g1"], []) == ["gh-A-1-g1 is still DELIVERING"]
    assert unclean([running], [], []) == ["the job on gh-A-1-g1 is still RUNNING"]
    assert unclean([], [], ["account gh-a-1-g1"]) == ["left: account gh-a-1-g1"]
    assert doubled(["gh-A-1-g1", "gh-A-2-g1"]) == []


def test_the_judge_knows_every_state_that_holds_devices() -> None:
    assert {"PLANNED"} | NEEDS_ONE | MAY_HAVE_ONE | ENDED == set(ALLOCATION_LIFECYCLE.states)
