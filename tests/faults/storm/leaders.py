"""Two leaders: one is stopped for so long that another takes over, then wakes."""

import json
import os
import signal
import statistics
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from exchange.refusal import Refused
from marketplace.adapters import engine as line
from marketplace.domain.entry import PlaceOrder
from marketplace.models import JournalBatch
from tests.faults.storm.ground import Ground, wait_until
from tests.faults.storm.stage import set_stage
from tests.world import World

MOST_S = 40.0
LOOKING = """
SELECT count(*) FROM pg_stat_activity WHERE usename = 'gridhour_app'
AND (query LIKE '%pg_try_advisory_lock%' OR query LIKE 'SELECT%marketplace_journalbatch%'
     OR query LIKE '%CROSS JOIN marketplace_marketsequence%')
"""
PATIENCE_S = 0.5
# How a process ends that finds itself deposed, or its session gone.
DEPOSED = {3, 4}


class Leaders:
    """Stops the leader again and again."""

    def __init__(self, seed: int) -> None:
        self.ground = Ground(seed, points=False)
        self.number = 0
        self.away: list[float] = []
        self.wrong: list[str] = []
        self.world: World

    def run(self, rounds: int) -> dict[str, Any]:
        """Return how long the market was away, and what was wrong."""
        ground = self.ground
        settings.ENGINE_SOCKET = str(ground.places.engine_socket)
        ground.open()
        try:
            self.world = set_stage(ground.places.var / "stage.json")
            ground.lead()
            for _ in range(rounds):
                self._round()
            terms = [term for _, term in JournalBatch.objects.values_list("number", "epoch")]
            if terms != sorted(terms):
                self.wrong.append("a leader wrote after its term")
        finally:
            ground.close()
        return {
            "rounds": len(self.away),
            "median_s": round(statistics.median(self.away), 2),
            "most_s": round(max(self.away), 2),
            "wrong": self.wrong,
        }

    def _round(self) -> None:
        """Stop the leader in the middle of its work, wait for the other, wake the first."""
        ground = self.ground
        self._ask()
        pid = ground.leader()
        old = next(engine for engine in ground.engines if engine.process.pid == pid)
        wait_until(lambda: _waits(ground), 60)
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        self._ask()
        self.away.append(time.monotonic() - began)
        os.kill(pid, signal.SIGCONT)
        if not wait_until(lambda: old.process.poll() is not None, MOST_S):
            self.wrong.append("a deposed leader lives on")
            old.process.kill()
        elif old.process.returncode not in DEPOSED:
            self.wrong.append(f"a deposed leader ended with {old.process.returncode}")

    def _ask(self) -> None:
        """Send an order until it is answered, by whomever."""
        self.number += 1
        want = PlaceOrder(
            member=self.world.cast.ben.id,
            client_order_id=f"leaders-{self.number}",
            request=self.world.request(amount=1, hours=1, time_in_force="IOC"),
        )
        until = time.monotonic() + MOST_S
        while time.monotonic() < until:
            try:
                if not line.call_engine([want])[0].refused:
                    return
            except Refused:
                line._line.drop()
            time.sleep(0.02)
        self.wrong.append(f"order {self.number} was never answered")


def _waits(ground: Ground) -> bool:
    """Tell whether a standby looks for the lead."""
    with ground.look() as found:
        row = found.execute(LOOKING).fetchone()
    return bool(row and row[0])


def main(rounds: str, seed: str, report: str) -> None:
    """Run and write the report."""
    # A stopped engine keeps the line: who waits on it asks elsewhere soon.
    line.ANSWER_SECONDS = PATIENCE_S
    found = Leaders(int(seed)).run(int(rounds))
    Path(report).write_text(json.dumps(found))
