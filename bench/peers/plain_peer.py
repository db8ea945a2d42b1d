"""Runs in an environment of its own: a price-time book for one product.

`plain_peer.py lightmatchingengine` or `plain_peer.py limit_order_book`. Each line in names
a file of operations; each line out is the time they took and the volume that was traded.
"""

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

SELL, BUY, CANCEL = 0, 1, 2


class LightMatchingEngine:
    """`lightmatchingengine`: it returns orders and trades, both sides of each."""

    def __init__(self) -> None:
        from lightmatchingengine.lightmatchingengine import (  # type: ignore[import-not-found]  # noqa: PLC0415
            LightMatchingEngine as Engine,
        )
        from lightmatchingengine.lightmatchingengine import Side  # noqa: PLC0415

        self.engine, self.sides = Engine(), (Side.SELL, Side.BUY)

    def run(self, operations: list[list[int]]) -> list[Any]:
        """Do them one by one; return what was answered."""
        engine, sides, answers, ids = self.engine, self.sides, list[Any](), dict[int, int]()
        for kind, price, quantity, number in operations:
            if kind == CANCEL:
                try:
                    engine.cancel_order(ids[price], "X")
                except AssertionError:
                    continue  # it stumbles over some orders that are filled already
            else:
                order, trades = engine.add_order("X", price, quantity, sides[kind])
                ids[number] = order.order_id
                answers.append(trades)
        return answers

    def traded(self, answers: list[Any], _operations: list[list[int]]) -> int:
        """Return the volume: each trade is told once for either side."""
        return sum(int(trade.trade_qty) for trades in answers for trade in trades) // 2


class LimitOrderBook:
    """`limit-order-book` (C++ behind ctypes): it reports no trades."""

    def __init__(self) -> None:
        from limit_order_book import (  # type: ignore[import-not-found]  # noqa: PLC0415
            LimitOrderBook as Book,
        )

        self.new = Book
        self.book = Book()

    def run(self, operations: list[list[int]]) -> list[Any]:
        """Do them one by one."""
        book = self.book
        for kind, price, quantity, number in operations:
            if kind == CANCEL:
                if book.has(price):
                    book.cancel(price)
            elif kind == BUY:
                book.limit_buy(number, quantity, price)
            else:
                book.limit_sell(number, quantity, price)
        return []

    def traded(self, _answers: list[Any], operations: list[list[int]]) -> int:
        """Return (submitted - cancelled - resting) / 2, from a second run outside the clock."""
        book, submitted, cancelled = self.new(), 0, 0
        for kind, price, quantity, number in operations:
            if kind == CANCEL:
                if book.has(price):
                    before = book.volume()
                    book.cancel(price)
                    cancelled += before - book.volume()
                continue
            submitted += quantity
            (book.limit_buy if kind == BUY else book.limit_sell)(number, quantity, price)
        return int(submitted - cancelled - book.volume()) // 2


PEERS: dict[str, type[LightMatchingEngine] | type[LimitOrderBook]] = {
    "lightmatchingengine": LightMatchingEngine,
    "limit_order_book": LimitOrderBook,
}


def main() -> None:
    """Answer each line until there are no more."""
    make = PEERS[sys.argv[1]]
    make()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        operations = json.loads(Path(json.loads(line)["operations"]).read_text())
        peer = make()
        gc.collect()
        gc.disable()
        begun, busy = time.perf_counter(), time.process_time()
        answers = peer.run(operations)
        answer = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - busy}
        gc.enable()
        answer["traded"] = peer.traded(answers, operations)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
