"""Whatever is killed in the middle of a day, the day ends as if nothing had happened."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.faults.scripted import ORDERS, Walked, walk
from tests.faults.table import Line, Tell
from tests.services.checkout import open_checkout

WORKER, WEB, VALKEY = "config.celery worker", "config.wsgi", "valkey"
KILLS = [WEB, WORKER, VALKEY, WEB, WORKER, VALKEY, WORKER, WEB]


def day(kills: list[str]) -> Walked:
    """Walk the day in a checkout of its own."""
    with open_checkout() as checkout:
        return walk(checkout, kills)


def test_killing_worker_web_and_valkey_changes_no_order_trade_or_balance(tell: Tell) -> None:
    with ThreadPoolExecutor(2) as pool:
        undisturbed, disturbed = pool.map(day, ([], KILLS))

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
    for what, times in Counter(disturbed.killed).items():
        tell(Line(f"a day of trade: kill -9, {what}", times))
    tell(Line("a day of trade: the same as one left alone", len(KILLS), ORDERS, 0, 0))
