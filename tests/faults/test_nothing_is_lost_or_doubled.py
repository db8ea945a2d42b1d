"""Whatever is killed in the middle of a day, the day ends as if nothing had happened."""

import os

import pytest

from tests.faults.scripted import ORDERS, walk
from tests.services.checkout import open_checkout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not {"GRIDHOUR_FAULTS", "GRIDHOUR_TEST_FULL"} & set(os.environ),
        reason="several minutes: make faults, make test-full",
    ),
    pytest.mark.xdist_group("services"),
]
WORKER, WEB, VALKEY = "config.celery worker", "config.wsgi", "valkey"
KILLS = [WEB, WORKER, VALKEY, WEB, WORKER, VALKEY, WORKER, WEB]


def test_killing_worker_web_and_valkey_changes_no_order_trade_or_balance() -> None:
    with open_checkout() as checkout:
        undisturbed = walk(checkout, kills=[])
    with open_checkout() as checkout:
        disturbed = walk(checkout, kills=KILLS)

    # It was a real test: all were killed, and each was started again.
    assert disturbed.killed == KILLS
    restarts = len(KILLS) - KILLS.count(VALKEY)
    assert f"the house was restarted {restarts} times" in disturbed.log
    assert disturbed.log.count("Valkey ended (-9)") == KILLS.count(VALKEY)
    assert "the house was restarted 0 times" in undisturbed.log

    answered = undisturbed.report["orders"] + sum(undisturbed.report["orders_refused"].values())
    assert answered == ORDERS
    assert undisturbed.report["trades"] > 0
    assert undisturbed.report["settlements"] > 0
    for name, rows in undisturbed.facts.items():
        assert disturbed.facts[name] == rows, name
    assert disturbed.report == undisturbed.report
    assert disturbed.report["invariants_broken"] == 0
