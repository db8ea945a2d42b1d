"""Whatever is killed in the middle of a day, the day ends as if nothing had happened."""

import os

import pytest

from tests.faults.scripted import ORDERS, walk
from tests.services.checkout import open_checkout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("GRIDHOUR_FAULTS"), reason="several minutes: make faults"
    ),
]
WORKER, WEB, VALKEY = "config.celery worker", "config.wsgi", "valkey"


def test_killing_worker_web_and_valkey_changes_no_order_trade_or_balance() -> None:
    with open_checkout() as undisturbed:
        report, facts, _ = walk(undisturbed, kills=[])
    with open_checkout() as disturbed:
        other_report, other_facts, killed = walk(
            disturbed, kills=[WORKER, WEB, VALKEY, WEB, WORKER, VALKEY, WORKER, WEB]
        )

    assert {WORKER, WEB, VALKEY} <= set(killed), killed
    acknowledged = report["orders"] + sum(report["orders_refused"].values())
    assert acknowledged == ORDERS
    assert report["trades"] > 0
    for name, rows in facts.items():
        assert other_facts[name] == rows, name
    for other in (report, other_report):
        other.pop("seconds")
        assert other["invariants_broken"] == 0
    assert other_report == report
