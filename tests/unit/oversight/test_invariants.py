"""Each promise of oversight is broken on purpose, and caught."""

from datetime import timedelta

import pytest
from django.db import connection

from config.invariants import find_violations
from oversight.actions import (
    approve_intervention,
    assess_all,
    emergency_halt,
    expire_intervention,
    propose_intervention,
    seed_registry,
)
from oversight.queries.invariants import INVARIANTS
from tests.unit.oversight.national import DAY, NOW, WALL, member, person, site

pytestmark = pytest.mark.django_db
UNGUARD = """
ALTER TABLE oversight_interventionapproval DROP CONSTRAINT four_eyes;
ALTER TABLE oversight_intervention DROP CONSTRAINT intervention_in_effect_has_its_halt;
"""
CORRUPTIONS = {
    "OVERSIGHT-01": "UPDATE oversight_intervention SET halt_id = NULL",
    "OVERSIGHT-02": "UPDATE oversight_intervention SET state = 'PROPOSED' WHERE kind = 'RESUME'",
    "OVERSIGHT-03": "DELETE FROM oversight_interventionapproval",
    "OVERSIGHT-04": "UPDATE oversight_interventionapproval SET person_id = proposed_by_id",
    "OVERSIGHT-05": "DELETE FROM oversight_assessmentrule WHERE kind = 'PUE_LIMIT'",
    "OVERSIGHT-06": "UPDATE oversight_assessment SET verdict = 'UNASSESSED'",
    "OVERSIGHT-07": "UPDATE marketplace_site SET licence_no = 'another'",
}


@pytest.fixture(autouse=True)
def _watched_market() -> None:
    """A halt confirmed and resumed, one that lapsed, a registry and its verdicts."""
    state = member("state", "REGULATOR")
    cleo, carl = person("cleo@state.example", state), person("carl@state.example", state)
    site("qingyang-1")
    seed_registry(now=NOW)
    assess_all(as_of=DAY, now=NOW)
    facts = {"reason": "A broken price feed.", "person_id": cleo.pk, "wall": WALL, "now": NOW}
    first = emergency_halt(scope="MARKET", **facts)  # type: ignore[arg-type]
    soon = WALL + timedelta(minutes=5)
    approve_intervention(intervention_id=first.pk, person_id=carl.pk, wall=soon, now=NOW)
    resume = propose_intervention(kind="RESUME", halt_id=first.halt_id, **facts)  # type: ignore[arg-type]
    approve_intervention(intervention_id=resume.pk, person_id=carl.pk, wall=soon, now=NOW)
    second = emergency_halt(scope="MARKET", **facts)  # type: ignore[arg-type]
    expire_intervention(intervention_id=second.pk, wall=WALL + timedelta(hours=1), now=NOW)


def broken() -> set[str]:
    return {finding.invariant.code for finding in find_violations().findings if not finding.holds}


def ours() -> set[str]:
    return broken() & {invariant.code for invariant in INVARIANTS}


def test_a_watched_market_keeps_every_promise_of_the_room() -> None:
    assert ours() == set()


@pytest.mark.parametrize("code", [invariant.code for invariant in INVARIANTS])
def test_a_planted_corruption_is_caught(code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(UNGUARD)
        cursor.execute(CORRUPTIONS[code])

    assert code in ours()
