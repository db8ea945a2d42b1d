"""Runs in an environment of its own: a compiled scan, one call an operation.

Listings of a chip are rows sorted by price and arrival; an order looks at each row up to
its limit and takes what is free in all of its hours. It knows nothing of members, funds or
limits: it is the bare matching of the mix. Each line in names two files of operations; each
line out is the time of the second, with the trades.
"""

import gc
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numba  # type: ignore[import-not-found]
import numpy as np

CHIPS, MOST_ROWS, MOST_LISTINGS, MOST_HOURS = 8, 8_192, 65_536, 50
KEY, MEMORY, RTT, FIRST, LAST, SLOT = range(6)
SELL, BUY, CANCEL = 0, 1, 2
ID_BITS = 40


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def place(rows: Any, count: int, key: int) -> int:
    """Return where the key stands, or would stand."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if rows[middle, KEY] < key:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def insert(rows: Any, count: int, key: int, a: int, b: int, c: int, d: int, slot: int) -> int:
    """Put a listing in its place; return the new count."""
    at = place(rows, count, key)
    for index in range(count, at, -1):
        for column in range(6):
            rows[index, column] = rows[index - 1, column]
    rows[at, KEY], rows[at, MEMORY], rows[at, RTT] = key, a, b
    rows[at, FIRST], rows[at, LAST], rows[at, SLOT] = c, d, slot
    return count + 1


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def remove(rows: Any, count: int, key: int) -> int:
    """Take a listing out if it is there; return the new count."""
    at = place(rows, count, key)
    if at == count or rows[at, KEY] != key:
        return count
    for index in range(at, count - 1):
        for column in range(6):
            rows[index, column] = rows[index + 1, column]
    return count - 1


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def lot_of(free: Any, slot: int, begin: int, end: int, wanted: int) -> int:
    """Return what is free in all of the hours, at most what is wanted; take it."""
    lot = wanted
    for hour in range(begin, end):
        lot = min(lot, free[slot, hour])
    if lot > 0:
        for hour in range(begin, end):
            free[slot, hour] -= lot
    return lot


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def without_sold(rows: Any, count: int, left: Any) -> int:
    """Take out what is sold; return the new count."""
    kept = 0
    for index in range(count):
        if left[rows[index, SLOT]]:
            if kept != index:
                for column in range(6):
                    rows[kept, column] = rows[index, column]
            kept += 1
    return kept


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def take(
    rows: Any, count: int, free: Any, left: Any, out: Any,
    memory: int, rtt: int, first: int, last: int, price: int, wanted: int,
) -> tuple[int, int]:  # fmt: skip
    """Fill an order from the rows; return how many trades are in `out`, and the new count."""
    trades, dead, index = 0, 0, 0
    beyond = (price + 1) << ID_BITS
    while index < count and rows[index, KEY] < beyond and wanted > 0:
        if (
            rows[index, MEMORY] >= memory
            and rows[index, RTT] <= rtt
            and rows[index, FIRST] <= first
            and rows[index, LAST] >= last
        ):
            slot, begin = rows[index, SLOT], rows[index, FIRST]
            lot = lot_of(free, slot, first - begin, last - begin, wanted)
            if lot > 0:
                left[slot] -= lot * (last - first)
                wanted -= lot
                out[trades, 0], out[trades, 1] = rows[index, KEY], lot
                trades += 1
                dead += left[slot] == 0
        index += 1
    return trades, without_sold(rows, count, left) if dead else count


class Scan:
    """The book: an array of rows for each chip, free devices by listing and hour."""

    def __init__(self) -> None:
        self.rows = [np.zeros((MOST_ROWS, 6), np.int64) for _ in range(CHIPS)]
        self.counts = [0] * CHIPS
        self.free = np.zeros((MOST_LISTINGS, MOST_HOURS), np.int64)
        self.left = np.zeros(MOST_LISTINGS, np.int64)
        self.keys: dict[int, tuple[int, int]] = {}
        self.out = np.zeros((1_024, 2), np.int64)
        self.trades: list[tuple[int, int, int, int]] = []

    def run(self, operations: list[list[int]]) -> None:
        """Do them one by one."""
        rows, counts, keys, out = self.rows, self.counts, self.keys, self.out
        free, left, trades = self.free, self.left, self.trades
        mask = (1 << ID_BITS) - 1
        for kind, number, chip, memory, rtt, first, last, price, quantity in operations:
            if kind == BUY:
                done, counts[chip] = take(
                    *(rows[chip], counts[chip], free, left, out),
                    *(memory, rtt, first, last, price, quantity),
                )
                for key, lot in out[:done].tolist():
                    trades.append((number, key & mask, key >> ID_BITS, lot))
            elif kind == SELL:
                key = price << ID_BITS | number
                keys[number] = chip, key
                free[number, : last - first] = quantity
                left[number] = quantity * (last - first)
                counts[chip] = insert(
                    rows[chip], counts[chip], key, memory, rtt, first, last, number
                )
            else:
                chip, key = keys[number]
                counts[chip] = remove(rows[chip], counts[chip], key)


def main() -> None:
    """Compile, then answer each line until there are no more."""
    warm = [[SELL, 1, 0, 80, 5, 0, 10, 100, 2], [BUY, 2, 0, 80, 5, 0, 1, 100, 1]]
    Scan().run([*warm, [CANCEL, 1, 0, 0, 0, 0, 0, 0, 0]])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        scan = Scan()
        scan.run(json.loads(Path(work["resting"]).read_text()))
        operations = json.loads(Path(work["operations"]).read_text())
        gc.collect()
        gc.disable()
        begun, busy = time.perf_counter(), time.process_time()
        scan.run(operations)
        answer = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - busy}
        gc.enable()
        rows = json.dumps([list(trade) for trade in scan.trades]).encode()
        digest = hashlib.sha256(rows).hexdigest()[:16]
        print(json.dumps({**answer, "trades": len(scan.trades), "digest": digest}), flush=True)


if __name__ == "__main__":
    main()
