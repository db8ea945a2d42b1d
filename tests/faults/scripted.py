"""A scripted day: the same orders each time, none of them for this machine's own processors."""

import csv
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.market.buyers import HABITS, draw
from sandbox.traces import DemandJob
from tests.services.checkout import Checkout

ORDERS = 12
EVERY_SECONDS = 900
WAIT_SECONDS = 600
# Orders, hand-overs, readings and settlements are all under way in these; the rest of the two
# days is one step.
QUARTER_HOURS = 20
PROGRESS = "quarter-hours:"
# What a run may tell differently: how long it took.
TIMES = ("seconds", "seconds_by_part")
# What a killed run must share with one that was left alone: business facts, by business names.
FACTS = {
    "orders": """
        SELECT m.code, o.client_order_id, o.state, o.filled, o.held_micros
        FROM marketplace_order o JOIN accounts_member m ON m.id = o.buyer_id ORDER BY 2""",
    "trades": """
        SELECT o.client_order_id, t.pool_id, t.devices, t.starts_at, t.price_micros, t.value_micros
        FROM marketplace_trade t JOIN marketplace_order o ON o.id = t.order_id
        ORDER BY 1, 2, 4, 5""",
    "hand-overs": """
        SELECT o.client_order_id, h.starts_at, h.state, h.state_reason
        FROM delivery_allocation h JOIN contracts_agreement a ON a.id = h.agreement_id
        JOIN marketplace_trade t ON t.id = a.trade_id
        JOIN marketplace_order o ON o.id = t.order_id ORDER BY 1, 2, 3""",
    "settlements": """
        SELECT o.client_order_id, s.hour_start, s.run, s.delivered_device_seconds,
               sum(s.value_micros), sum(s.vat_micros), sum(s.damages_micros), sum(s.fee_micros)
        FROM billing_settlement s JOIN contracts_agreement a ON a.id = s.agreement_id
        JOIN marketplace_trade t ON t.id = a.trade_id
        JOIN marketplace_order o ON o.id = t.order_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4, 5""",
    "papers": """
        SELECT i.issuer_id, i.customer_id, i.delivery_day, sum(i.net_fen), sum(i.vat_fen)
        FROM billing_invoice i GROUP BY 1, 2, 3 ORDER BY 3, 1, 2""",
    "payouts": """
        SELECT member_id, delivery_day, amount_fen FROM billing_payout ORDER BY 2, 1""",
    "balances": """
        SELECT account.key, sum(line.amount_micros)
        FROM ledger_entryline line JOIN ledger_account account ON account.id = line.account_id
        GROUP BY 1 HAVING sum(line.amount_micros) <> 0 ORDER BY 1""",
}


def write_script(file: Path) -> None:
    """Write the day's orders in our own demand format."""
    names = (f"scripted-{number:03}" for number in range(1_000))
    chosen = [name for name in names if _is_soon_and_simulated(name)][:ORDERS]
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            ["order_id", "buyer", "submit_time_s", "gpu_count", "gpu_type_or_any", "duration_h"]
        )
        for index, name in enumerate(chosen):
            rows.writerow(
                [name, "lab", index * EVERY_SECONDS, 1 + index % 16, "any", 1 + index % 3]
            )


def _is_soon_and_simulated(name: str) -> bool:
    job = DemandJob(name, "lab", 0, 1, 3600)
    return draw(job, "cpu", 100) >= HABITS.cpu_share and draw(job, "slack", 6) < 2


class Killer(threading.Thread):
    """Kills one process after another, by `kill -9`: one at each sign of progress of the day."""

    def __init__(self, checkout: Checkout, words: list[str]) -> None:
        super().__init__(daemon=True)
        self.checkout, self.words = checkout, words
        self.killed: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        for number, word in enumerate(self.words, start=1):
            self._wait_until(lambda seen=number: self.checkout.log().count(PROGRESS) >= seen)
            if self._wait_until(lambda name=word: self.checkout.kill(name)):
                self.killed.append(word)

    def _wait_until(self, true: Callable[[], bool]) -> bool:
        """Wait for it; False when the day has ended meanwhile."""
        while not self.stopping.is_set():
            if true():
                return True
            time.sleep(0.05)
        return False


@dataclass(frozen=True)
class Walked:
    """What a day left: its report, its facts, its log, and what was killed on the way."""

    report: dict[str, Any]
    facts: dict[str, str]
    log: str
    killed: list[str]


def walk(checkout: Checkout, kills: list[str]) -> Walked:
    """Walk the scripted day, killing on the way."""
    script, report = checkout.var / "script.csv", checkout.var / "report.json"
    write_script(script)
    killer = Killer(checkout, kills)
    killer.start()

    journey = ["journey", "--with-web", "--trace", str(script), "--orders", str(ORDERS)]
    journey += ["--walk", str(QUARTER_HOURS), "--price-lines", "30", "--pools", "40"]
    journey += ["--report", str(report)]
    process = checkout.start("services", "run", "--", *checkout.python, *journey)
    try:
        assert process.wait(WAIT_SECONDS) == 0, checkout.log()[-4000:]
    finally:
        killer.stopping.set()
        killer.join()
    facts = {name: checkout.sql(" ".join(statement.split())) for name, statement in FACTS.items()}
    told = json.loads(report.read_text())
    told = {name: figure for name, figure in told.items() if name not in TIMES}
    return Walked(told, facts, checkout.log(), killer.killed)
