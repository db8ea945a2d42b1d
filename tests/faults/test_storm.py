"""Engines and PostgreSQL are killed under load: what was answered is stored, once."""

import json
import os
import subprocess
from functools import cache
from itertools import count
from typing import Any

import pytest

from tests.faults.launch import launch
from tests.faults.storm.killing import (
    ENGINE,
    FULL,
    LOCKED,
    READ_ONLY,
    SERVER,
    STOPPED,
    TROUBLED_S,
    VALKEY,
)
from tests.faults.table import Line, Tell
from tests.services.checkout import Checkout

LONG = os.environ.get("FAULTS") == "long"
KILLS = int(os.environ.get("FAULTS_KILLS", "500" if LONG else "20"))
STOPS = int(os.environ.get("FAULTS_STOPS", "1000" if LONG else "20"))
TROUBLES = int(os.environ.get("FAULTS_TROUBLES", "50" if LONG else "3"))
# A long storm is several of these, each with a market of its own.
MOST_IN_ONE = 50
SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
SECONDS_A_FAULT, SECONDS_AROUND = 30, 400
# Nobody may be away for longer than that once the database writes again.
MOST_AFTER_S = 5.0
COUNTED = (
    ("refused", "refused by name"),
    ("answered_late", "answered after sending again"),
    ("sent_again", "sent again all the same"),
    ("unknown_stored", "never answered, a final read finds it"),
    ("unknown_not_stored", "never answered, a final read finds nothing"),
    ("trades", "trades"),
    ("events", "market events, without a gap"),
    ("terms", "terms of leaders, in order"),
    ("verified", "journal batches, replayed by verify_day"),
)


_numbers = count()


def storm(checkout: Checkout, wanted: dict[str, int], kind: str) -> Any:
    seconds = SECONDS_AROUND + SECONDS_A_FAULT * sum(wanted.values())
    told = (json.dumps(wanted), SEED + next(_numbers), kind)
    return launch(checkout, "tests.faults.storm.run", *told, seconds=seconds)


def legs(whole: dict[str, int]) -> list[dict[str, int]]:
    """Return the faults of each storm, so that all of them together are what is asked for."""
    parts = -(-max(whole.values()) // MOST_IN_ONE)
    return [
        {what: (leg + 1) * n // parts - leg * n // parts for what, n in whole.items()}
        for leg in range(parts)
    ]


def tell_storm(title: str, report: dict[str, Any], tell: Tell) -> None:
    """Tell of one storm: each fault, and all of them together."""
    away = report["away_s"]
    for cause, found in sorted(away.items()):
        tell(Line(cause, len(found), away_s=tuple(found)))
    times = sum(map(len, away.values()))
    sums = [report[name] for name in ("acknowledged", "lost", "duplicated")]
    tell(Line(f"{title}: all of these", times, *sums))


def tell_more(report: dict[str, Any], tell: Tell) -> None:
    """Tell what the clients did, and what was found afterwards."""
    for name, times in {**report["by_door"], **report["by_kind"]}.items():
        tell(Line(f"  answered, {name}", times))
    for name, words in COUNTED:
        tell(Line(f"  {words}", report[name]))


def was_sound(report: dict[str, Any], wanted: dict[str, int]) -> None:
    """See that it was a storm, and that nothing was lost, doubled or wrong."""
    assert report["acknowledged"] > 10 * sum(wanted.values())
    assert report["trades"] > 0
    assert (report["lost"], report["duplicated"]) == (0, 0)
    assert report["wrong"] == []
    for what, times in wanted.items():
        causes = {cause: len(found) for cause, found in report["away_s"].items()}
        assert sum(n for cause, n in causes.items() if cause.startswith(what)) >= times


@pytest.mark.parametrize("leg", legs({ENGINE: KILLS, SERVER: KILLS, STOPPED: STOPS}), ids=str)
def test_nothing_acknowledged_is_lost_or_doubled(
    checkout: Checkout, leg: dict[str, int], tell: Tell
) -> None:
    report = storm(checkout, leg, "true")
    tell_storm("storm", report, tell)
    tell_more(report, tell)

    was_sound(report, leg)


@pytest.mark.parametrize("leg", legs(dict.fromkeys((VALKEY, READ_ONLY, LOCKED), TROUBLES)), ids=str)
def test_orders_go_on_without_valkey_and_as_soon_as_the_database_writes_again(
    checkout: Checkout, leg: dict[str, int], tell: Tell
) -> None:
    report = storm(checkout, leg, "true")
    tell_storm("troubles", report, tell)

    was_sound(report, leg)
    for cause, found in report["away_s"].items():
        waits = 0.0 if cause.startswith(VALKEY) else TROUBLED_S
        assert max(found) < waits + MOST_AFTER_S, cause


@cache
def may_mount() -> bool:
    """Tell whether this account can give PostgreSQL a small disk of its own."""
    told = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return told.returncode == 0


@pytest.mark.parametrize("leg", legs({FULL: TROUBLES}), ids=str)
def test_a_full_disk_loses_nothing(checkout: Checkout, leg: dict[str, int], tell: Tell) -> None:
    if not may_mount():
        pytest.skip("needs the right to mount a small disk")
    report = storm(checkout, leg, "full")
    tell_storm("a full disk", report, tell)

    was_sound(report, leg)


def test_control_an_engine_that_answers_before_it_commits_is_found_out(
    checkout: Checkout, tell: Tell
) -> None:
    report = storm(checkout, {ENGINE: 4}, "hasty")

    assert report["lost"] > 0
    told = f"{report['lost']} answered and lost in 4 kills of the engine"
    tell(Line("an engine that answers before it commits", 4, caught=told))


def test_control_a_server_that_does_not_wait_for_the_disk_is_found_out(
    checkout: Checkout, tell: Tell
) -> None:
    report = storm(checkout, {f"{SERVER}, all": 3}, "forgetful")

    assert report["lost"] > 0
    told = f"{report['lost']} answered and lost in 3 kills of PostgreSQL"
    tell(Line("synchronous_commit switched off", 3, caught=told))
