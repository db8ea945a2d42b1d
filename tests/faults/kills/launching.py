"""Runs kills in a checkout of their own, and reads the report."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.faults.kills.points import AGENT_LANE, PROCESS_LANE, SLURM_LANE, Kill
from tests.services.checkout import ROOT, Checkout, open_checkout

LONG = os.environ.get("FAULTS") == "long"
HAND_OVERS = int(os.environ.get("FAULTS_HAND_OVERS", "200" if LONG else "60"))
# After so long no further round begins, and the table tells how many kills there were.
MINUTES = int(os.environ.get("FAULTS_MINUTES", "600"))
SEED = int(os.environ.get("FAULTS_SEED", "20261126"))
EVERYWHERE = (PROCESS_LANE, AGENT_LANE, SLURM_LANE)
SECONDS_A_KILL, SECONDS_AROUND = 60, 300


def killed(**wanted: Any) -> dict[str, Any]:
    """Kill as told, in a checkout of its own, as `killed_in` does."""
    with open_checkout() as checkout:
        return killed_in(checkout, **wanted)


def killed_in(
    checkout: Checkout,
    *,
    lanes: Sequence[str] = EVERYWHERE,
    count: int = 0,
    cards: Sequence[Kill] = (),
    mutant: str = "",
    most_rounds: int = 0,
) -> dict[str, Any]:
    """Kill so often, or whom the cards name, and return what was found."""
    report = checkout.var / "report.json"
    report.unlink(missing_ok=True)
    told: dict[str, Any] = {
        "lanes": list(lanes),
        "kills": count,
        "seed": SEED,
        "most_minutes": MINUTES,
        "cards": [(card.point, card.victim, card.deed) for card in cards],
        "mutant": mutant,
        "failpoints": str(checkout.var / "failpoints"),
    }
    if most_rounds:
        told["most_rounds"] = most_rounds
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kills", json.dumps(told), str(report)],
        cwd=ROOT,
        env={**checkout.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        timeout=SECONDS_AROUND + SECONDS_A_KILL * (count or len(cards)),
        check=False,
    )
    assert done.returncode == 0
    found: dict[str, Any] = json.loads(report.read_text())
    return found
