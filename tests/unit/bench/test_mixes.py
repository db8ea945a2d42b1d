"""The mixes are the same on every machine, and mean the same to the book as to the peers."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime

from bench import mixes, said
from bench.house_book import Growing, opened, timed, trades
from bench.inserts import read
from bench.orders_mix import CANCEL, IOC, RESTING, Mix, Product, Trader

DAY = datetime(2026, 11, 24, tzinfo=UTC)
REPORT = """
number of transactions actually processed: 43021
latency average = 2.975 ms
tps = 10754.123456 (without initial connection time)
"""


def _hash(rows: object) -> str:
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:8]


def _mix(name: str) -> Mix:
    products = [Product("910b", 2_000_000, 12_000_000)]
    return Mix(name, [Trader(1, "a"), Trader(2, "b")], products, DAY, "t")


def test_a_seed_gives_the_same_commands_everywhere() -> None:
    assert _hash(mixes.plain(300)) == _hash(mixes.plain(300))
    assert [row[0] for row in mixes.plain(5)] == [
        mixes.BUY,
        mixes.SELL,
        mixes.SELL,
        mixes.BUY,
        mixes.SELL,
    ]
    assert Counter(row[0] for row in mixes.required(10, 1_000)[1]) == {
        mixes.BUY: 486,
        mixes.SELL: 411,
        mixes.CANCEL: 103,
    }


def test_the_plain_mix_trades_in_the_book_what_a_price_time_list_trades() -> None:
    operations = mixes.plain(400)

    _times, answers = timed(opened(list(said.one_pool())), said.said_plainly(operations))

    assert sum(trade.devices for trade in trades(answers)) == _traded(operations)


def test_the_growing_book_is_as_large_after_a_round_and_fills_the_same_share() -> None:
    growing = Growing(1_000)
    first, second = growing.round(), growing.round()

    assert len(growing.standing) == 1_000
    assert first["filled"] == second["filled"] == first["orders"] // 4


def test_the_mixed_load_is_half_at_once_and_cancels_what_rests() -> None:
    mix = _mix("mixed")
    kinds: Counter[str] = Counter()
    for number in range(2_000):
        ask = mix.next(number % 2)
        kinds[ask.kind] += 1
        if ask.kind == RESTING:
            mix.rests(ask, 100 + number)

    assert kinds[IOC] == 1_000
    assert 150 <= kinds[CANCEL] <= 200
    assert _mix("resting").next(0).kind == RESTING


def test_an_order_of_the_load_is_whole_json() -> None:
    mix = _mix("mixed")
    orders = [json.loads("{" + mix.next(0).fields + "}") for _ in range(30)]

    assert len({order["client_order_id"] for order in orders}) == 30
    assert {order.get("time_in_force", "GTC") for order in orders} == {"IOC", "GTC"}
    assert all(order["limit_micros"] % 10_000 == 0 for order in orders)


def test_pgbench_is_read() -> None:
    done = read(REPORT)

    assert (done.count, done.a_second, done.latency_ms) == (43_021, 10_754.123456, 2.975)


def _traded(operations: list[mixes.Plain]) -> int:
    """The simplest price-time book: look at all, best price first, then the oldest."""
    resting: list[list[int]] = []  # side, price, left, number
    volume = 0
    for kind, price, quantity, number in operations:
        if kind == mixes.CANCEL:
            resting = [row for row in resting if row[3] != price]
            continue
        sign = 1 if kind == mixes.BUY else -1
        others = [row for row in resting if row[0] != kind and sign * (price - row[1]) >= 0]
        for row in sorted(others, key=lambda row: (sign * row[1], row[3])):
            traded = min(quantity, row[2])
            row[2] -= traded
            quantity -= traded
            volume += traded
        resting = [row for row in resting if row[2]]
        if quantity:
            resting.append([kind, price, quantity, number])
    return volume
