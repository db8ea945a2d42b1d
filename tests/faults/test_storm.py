"""Engines and PostgreSQL are killed under load: what was answered is stored, once."""

import os
import sys
from typing import Any

import pytest

from tests.faults.launch import launch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not {"GRIDHOUR_FAULTS", "GRIDHOUR_TEST_FULL"} & set(os.environ),
        reason="several minutes: make faults, make test-full",
    ),
    pytest.mark.xdist_group("services"),
]
LONG = os.environ.get("FAULTS") == "long"
KILLS = int(os.environ.get("FAULTS_KILLS", "500" if LONG else "20"))
SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
# A loaded machine takes a quarter of a minute to start an engine.
SECONDS_A_KILL = 45


def storm(engines: int, servers: int, kind: str) -> dict[str, Any]:
    seconds = 300 + SECONDS_A_KILL * (engines + servers)
    return launch("tests.faults.storm.run", engines, servers, SEED, kind, seconds=seconds)


def show(report: dict[str, Any]) -> None:
    """Print the table, whatever pytest captures."""
    away = {what: "{} / {} s".format(*times) for what, times in report["away_s"].items()}
    unknown = f"{report['unknown_stored']} stored, {report['unknown_not_stored']} not"
    rows = [
        ("seed", report["seed"]),
        *((f"kill -9, {cause}", count) for cause, count in sorted(report["killed"].items())),
        ("entries sent", report["sent"]),
        ("answered", report["acknowledged"]),
        ("  of them refused by name", report["refused"]),
        ("  of them after sending again", report["answered_late"]),
        ("  sent again all the same", report["sent_again"]),
        ("unknown, told by a final read", unknown),
        ("answered and lost", report["lost"]),
        ("doubled", report["duplicated"]),
        ("market events, trades", f"{report['events']}, {report['trades']}"),
        ("journal batches, terms", f"{report['batches']}, {report['terms']}"),
        ("other faults", len(report["wrong"])),
        *((f"away, median / most: {what}", told) for what, told in away.items()),
        ("entries answered a second, kills included", report["entries_a_second"]),
    ]
    lines = [f"  {name:<44} {value}" for name, value in rows]
    sys.__stderr__.write("\n" + "\n".join(lines) + "\n")


def test_nothing_acknowledged_is_lost_or_doubled_when_engine_and_database_are_killed() -> None:
    report = storm(KILLS, KILLS, "true")
    show(report)

    died = report["killed"]
    assert sum(n for cause, n in died.items() if cause.startswith("engine")) >= KILLS
    assert sum(n for cause, n in died.items() if cause.startswith("PostgreSQL")) >= KILLS
    assert report["acknowledged"] > 20 * KILLS
    assert report["trades"] > KILLS
    assert (report["lost"], report["duplicated"]) == (0, 0)
    assert report["wrong"] == []


def test_control_an_engine_that_answers_before_it_commits_is_found_out() -> None:
    report = storm(1, 0, "hasty")

    assert report["lost"] > 0


def test_a_stopped_leader_is_replaced_within_five_seconds_and_wakes_to_nothing() -> None:
    rounds = int(os.environ.get("FAULTS_ROUNDS", "1000" if LONG else "20"))
    seconds = 300 + SECONDS_A_KILL * rounds
    report = launch("tests.faults.storm.leaders", rounds, SEED, seconds=seconds)
    sys.__stderr__.write(
        f"\n  {rounds} leaders stopped; away, median / most:"
        f" {report['median_s']} / {report['most_s']} s\n"
    )

    assert report["rounds"] == rounds
    assert report["wrong"] == []
    assert report["median_s"] <= 5
