"""Clients that send the same again, under the same id, until they are answered.

Run as a process of its own: `clients.main(name, stage, out, stop, door, threads)`. Each line of
`out` is what was sent and what was answered; no answer means that the outcome is unknown.
"""

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.storm.doors import Answers, Door, HttpDoor, SocketDoor
from tests.faults.storm.drawing import Drawer

AGAIN_AFTER_S = 0.03
# Between two asks of a trader, on the average: a load, not a race for the processors.
PAUSE_S = 0.03
SENT_AGAIN_PERCENT = 10


class Trader(threading.Thread):
    """One caller: it draws entries, and sends them until they are answered or the storm is over."""

    def __init__(self, name: str, stage: dict[str, Any], out: Any, stop: Path, door: str) -> None:
        super().__init__(daemon=True)
        self.title, self.out, self.stop = name, out, stop
        self.random = random.Random(f"{stage['seed']} {name}")
        socket = door == "socket"
        self.door: Door = SocketDoor() if socket else HttpDoor(door, stage)
        self.drawer = Drawer(stage, self.random, http=not socket)
        self.number = 0

    def run(self) -> None:
        while not self.stop.exists():
            self._one()
            time.sleep(self.random.uniform(0, 2 * PAUSE_S))

    def _one(self) -> None:
        self.number += 1
        batch = self.drawer.batch(f"{self.title}-{self.number}")
        answers, tries = None, 0
        while answers is None:
            tries += 1
            answers = self.door.send(batch)
            if answers is None:
                if self.stop.exists():
                    break
                time.sleep(AGAIN_AFTER_S)
        ended, again = time.time(), None
        if answers is not None and self.random.randrange(100) < SENT_AGAIN_PERCENT:
            again = self.door.send(batch)
        self._note(batch, answers, again, {"ended": ended, "tries": tries})

    def _note(
        self, batch: list[Any], answers: Answers | None, again: Answers | None, times: Any
    ) -> None:
        door = "socket" if isinstance(self.door, SocketDoor) else "http"
        broken, self.door.broken = self.door.broken, []
        for index, entry in enumerate(batch):
            answer = None if answers is None else answers[index]
            if answer is not None:
                self.drawer.hear(entry, answer)
            row = {
                **times,
                "door": door,
                "broken": broken if index == 0 else [],
                "entry": msgspec.to_builtins(entry),
                "answer": answer,
                "again": None if again is None else again[index],
            }
            self.out.write(msgspec.json.encode(row).decode() + "\n")


def main(name: str, stage: str, out: str, stop: str, door: str, threads: str) -> None:
    """Trade in so many threads until the file `stop` appears."""
    told = json.loads(Path(stage).read_text())
    with Path(out).open("a", buffering=1) as lines:
        traders = [
            Trader(f"{name}{number}", told, lines, Path(stop), door)
            for number in range(int(threads))
        ]
        for trader in traders:
            trader.start()
        for trader in traders:
            trader.join()
