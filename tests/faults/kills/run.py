"""Rounds of deliveries in which programs are killed at named points; then everything is checked."""

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celery import current_app
from django.db import connections

from config.invariants import find_violations
from delivery.adapters.connectors import connector_named
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.models import SiteAgent
from tests.faults.kills import points
from tests.faults.kills.arming import Arms, Killed
from tests.faults.kills.house import House, mutant, wait_until
from tests.faults.kills.judging import doubled, unclean, wrong
from tests.faults.kills.points import Kill, deck
from tests.faults.kills.sites import Sites
from tests.faults.kills.story import Story
from tests.services.agent_process import AgentProcess
from tests.slurm.lab.cluster import SlurmCluster

LOOK_S = 0.2
# A stage that has not come right by then is told as wrong.
MOST_S, CONTROL_S = 150.0, 60.0
SETTLES_S = 20.0
MOST_WRONG = 20
STATES = {
    points.PLAN: {"PLANNED", "FAILED"},
    points.HAND_OVER: {"ACCEPTED", "FAILED"},
    points.START: {"DELIVERING", "FAILED"},
    points.JOB: {"DELIVERING", "FAILED"},
    points.END: {"COMPLETED", "FAILED"},
}


def always() -> bool:
    """Ask for nothing more than the stage's states."""
    return True


@dataclass
class Found:
    """What the run has found so far."""

    dead: list[dict[str, Any]] = field(default_factory=list)
    took: list[tuple[str, float]] = field(default_factory=list)
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)
    rounds: int = 0


class Run:
    """One house, one story, and a deck of kills."""

    def __init__(self, house: House, story: Story, sites: Sites, arms: Arms, cards: list[Kill]):
        """Deal the cards to their stages."""
        self.house, self.story, self.sites, self.arms = house, story, sites, arms
        self.cards: dict[str, list[Kill]] = {stage: [] for stage in points.STAGES}
        for card in cards:
            self.cards[points.POINTS[card.point].stage].append(card)
        self.found = Found()
        self.pending: list[Killed] = []
        # A control is over when its fault is found.
        self.is_control = bool(house.worker)

    @property
    def left(self) -> int:
        """Return how many kills are still to come."""
        return sum(map(len, self.cards.values()))

    def round(self) -> None:
        """Let one hour's deliveries come and go, with kills in every stage."""
        story, self.found.rounds = self.story, self.found.rounds + 1
        address = self.house.doors.address
        for stage, begin, more in (
            (points.PLAN, story.trade, always),
            (points.HAND_OVER, lambda: story.step(-30), always),
            (points.START, lambda: story.step(0), always),
            (points.JOB, lambda: story.submit(address), story.job_ended),
            (points.END, lambda: story.step(0, from_end=True), self._nothing_lives),
        ):
            self._stage(stage, begin, more)
            if self.found.wrong and self.is_control:
                return
        sys.stderr.write(f"\rround {self.found.rounds}, {self.left} kills to come   ")
        sys.stderr.flush()

    def _stage(self, stage: str, begin: Callable[[], None], more: Callable[[], bool]) -> None:
        """Arm, begin, and wait until every delivery of the round is as it should be."""
        hand, self.cards[stage] = points.hand_of(self.cards[stage])
        for card in hand:
            self.arms.arm(card)
        began = time.monotonic()
        begin()
        graced = False
        while not self._is_right(stage, more):
            waited = time.monotonic() - began
            if waited > (CONTROL_S if self.is_control else MOST_S):
                states = [(row.external_name, row.state) for row in self.story.rows()]
                self.found.wrong.append(f"{stage}: not right after {waited:.0f} s: {states}")
                break
            if stage == points.END and waited > SETTLES_S and not graced:
                # Readings that did not come are passed over an hour later.
                graced = True
                self.story.step(61, from_end=True)
            time.sleep(LOOK_S)
            self._watch(stage)
        self._watch(stage)
        self._note(stage, time.time())
        self.found.took.append((stage, round(time.monotonic() - began, 1)))
        self.cards[stage] = [*self.arms.disarm(), *self.cards[stage]]
        self._check(stage)

    def _note(self, stage: str, right_at: float) -> None:
        """Note the stage's kills; how long it took to recover is known of the last one."""
        dead = sorted(self.pending, key=lambda killed: killed.at)
        for killed in dead:
            seconds = round(max(0.0, right_at - killed.at), 2)
            kill = killed.kill
            told = {"point": kill.point, "victim": kill.told, "stage": stage}
            last = killed is dead[-1]
            self.found.dead.append(told | {"seconds": seconds if last else None})
        self.pending = []

    def _watch(self, stage: str) -> None:
        """Note who has died, and see that at no moment anything lives twice."""
        self.pending += self.arms.happened()
        for told in doubled(self.sites.holders()):
            self.found.doubled += 1
            self.found.wrong.append(f"{stage}: {told}")

    def _is_right(self, stage: str, more: Callable[[], bool]) -> bool:
        rows = self.story.rows()
        if len(rows) != len(self.story.round) or {row.state for row in rows} - STATES[stage]:
            return False
        return more()

    def _nothing_lives(self) -> bool:
        looked = self.sites.looked()
        return looked is not None and not looked[0]

    def _check(self, stage: str) -> None:
        """Compare what stands with what is stored, once it is still."""
        found: list[str] = ["the sites do not answer"]

        def holds() -> bool:
            looked = self.sites.looked()
            if looked is not None:
                found[:] = wrong(self.story.kept(self.sites, self.story.round), looked[0])
            return not found

        if not wait_until(holds, SETTLES_S):
            self.found.wrong += [f"{stage}: {told}" for told in found]

    def end(self) -> None:
        """See that nothing is left anywhere, and that the laws of the house hold."""
        found: list[str] = ["the sites do not answer"]

        def holds() -> bool:
            looked = self.sites.looked()
            if looked is not None:
                found[:] = unclean(self.story.kept(self.sites), *looked)
            return not found

        if not wait_until(holds, SETTLES_S):
            self.found.wrong += found
        self.found.wrong += [
            found.invariant.code for found in find_violations().findings if not found.holds
        ]


def report(run: Run) -> dict[str, Any]:
    """Return what is told of the run."""
    kept = run.story.kept(run.sites)
    return {
        **vars(run.found),
        "kills": len(run.found.dead),
        "agreements": len(kept),
        "completed": sum(one.state == "COMPLETED" for one in kept),
        "failed": sum(one.state == "FAILED" for one in kept),
        "jobs": sum(one.job == "SUCCEEDED" for one in kept),
        "restarts": run.house.restarts,
        "lanes": sorted(run.story.pools),
        "points": sorted({row["point"] for row in run.found.dead}),
    }


def main(lab: SlurmCluster | None, told: dict[str, Any], file: Path) -> None:
    """Kill as often as told, and write the report."""
    lanes = frozenset(told["lanes"]) & ({"process", "agent"} | ({"slurm"} if lab else set()))
    folder = Path(told["failpoints"])
    house = House(folder, mutant(told["mutant"]) if told.get("mutant") else ())
    state = house.at.var / "agent"
    state.mkdir(exist_ok=True)
    house.open()
    try:
        story = Story(lanes, lab)
        site = connector_named("lab") if lab else None
        assert site is None or isinstance(site, SlurmConnector)
        sites = Sites(house.at.var, state, site)
        house.run()
        if "agent" in lanes:
            AgentProcess(state, house.doors.address).enrol(story.world, "process")
            house.run_agent(state)
            wait_until(lambda: SiteAgent.objects.filter(state="CONNECTED").exists(), 30)
        wait_until(lambda: bool(current_app.control.ping(timeout=1)), 60)
        cards = [Kill(*card) for card in told.get("cards", ())]
        cards = cards or deck(lanes, int(told["kills"]), random.Random(told["seed"]))
        run = Run(house, story, sites, Arms(folder, lab and _striker(lab)), cards)
        most = told.get("most_rounds", len(cards) + 5)
        until = time.monotonic() + told["most_minutes"] * 60
        while run.left and run.found.rounds < most and len(run.found.wrong) < MOST_WRONG:
            run.round()
            if time.monotonic() > until:
                break
        run.end()
        file.write_text(json.dumps(report(run), indent=1))
        if run.found.wrong:
            sys.stderr.write(house.last_words())
    finally:
        connections.close_all()
        house.close()


def _striker(lab: SlurmCluster) -> Callable[[], None]:
    def strike() -> None:
        lab.tell("kill", "slurmrestd")
        lab.tell("start", "slurmrestd")

    return strike
