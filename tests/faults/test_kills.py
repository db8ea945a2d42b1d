"""Kills around a hand-over: each leaves one live hand-over or a clean failure, and no orphan."""

from typing import Any

import pytest

from tests.faults.kills.launching import EVERYWHERE, HAND_OVERS, killed
from tests.faults.kills.points import DIE, POINTS, SLURM_LANE, WORKER, Kill, kills
from tests.faults.storm.outages import share
from tests.faults.table import Line, Tell
from tests.slurm.lab.cluster import why_not

RECOVERS_S = 30.0


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """All kills, once."""
    return killed(count=HAND_OVERS)


def lanes() -> frozenset[str]:
    return frozenset(EVERYWHERE) - ({SLURM_LANE} if why_not() else set())


def test_every_kill_leaves_one_live_hand_over_or_a_clean_failure(
    found: dict[str, Any], tell: Tell
) -> None:
    rows = found["dead"]
    for victim in sorted({row["victim"] for row in rows}):
        mine = [row for row in rows if row["victim"] == victim]
        tell(Line(f"hand-overs, kill -9: {victim}", len(mine), away_s=recovered(mine)))
    every = recovered(rows)
    unclean = len(found["wrong"]) - found["doubled"]
    tell(
        Line(
            "hand-overs: all of these",
            len(rows),
            found["agreements"],
            unclean,
            found["doubled"],
            every,
        )
    )
    for name, words in COUNTED:
        tell(Line(f"  {words}", found[name]))
    tell(Line("  orphans at the sites", sum("left:" in told for told in found["wrong"])))

    assert found["wrong"] == []
    assert found["kills"] >= HAND_OVERS
    assert found["agreements"] == found["completed"] + found["failed"]
    assert found["jobs"] > 0


def recovered(rows: list[dict[str, Any]]) -> tuple[float, ...]:
    """Return the seconds from the last kill of a stage until all was right."""
    return tuple(row["seconds"] for row in rows if row["seconds"] is not None)


COUNTED = (
    ("completed", "deliveries completed"),
    ("failed", "deliveries that failed cleanly"),
    ("jobs", "jobs that ran, once each"),
)


def test_recovery_takes_no_longer_than_half_a_minute(found: dict[str, Any]) -> None:
    assert share(list(recovered(found["dead"])), 95) <= RECOVERS_S


def test_every_named_point_was_passed_by_somebody_who_was_killed_there(
    found: dict[str, Any],
) -> None:
    wanted = {kill.point for kill in kills(frozenset(found["lanes"]))}

    assert set(found["points"]) == wanted
    assert wanted <= set(POINTS)
    assert set(found["lanes"]) == lanes()


def test_control_a_worker_that_does_not_adopt_is_found_out(tell: Tell) -> None:
    cards = [Kill("provision.ensured", WORKER, DIE)]
    found = killed(lanes=("process",), cards=cards, mutant="adoption", most_rounds=1)

    assert any("lives 2 times" in told for told in found["wrong"])
    tell(Line("a worker that starts what it made already", 1, caught=found["wrong"][0]))


def test_control_orphans_that_nobody_sweeps_are_found_out(tell: Tell) -> None:
    cards = [Kill("end.completed", WORKER, DIE)]
    found = killed(lanes=("process",), cards=cards, mutant="sweeper", most_rounds=1)

    orphans = [told for told in found["wrong"] if "nobody owns it" in told]
    assert orphans
    tell(Line("a sweep that ends no orphans", 1, caught=orphans[0]))
