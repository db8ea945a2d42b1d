"""Clients that send the same again, under the same id, until they are answered.

Run as a process of its own: `clients.main(name, stage, out, door, threads)`. Each line of `out`
is what was sent and what was answered; no answer means that the outcome is unknown.
"""

import json
import random
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from exchange.refusal import Refused
from marketplace.adapters.engine import call_engine
from marketplace.domain import entry as entries
from marketplace.domain.listing_request import ListingRequest
from marketplace.domain.order_request import OrderRequest

HOUR = timedelta(hours=1)
TICK = 10_000
AGAIN_AFTER_S = 0.03
SENT_AGAIN_PERCENT = 10
NOT_YET = {"MarketBusy", "MarketAway", "MarketStopped"}


class Trader(threading.Thread):
    """One caller: it draws an entry, and sends it until it is answered or the storm is over."""

    def __init__(self, name: str, stage: dict[str, Any], out: Any, stop: Path, door: str) -> None:
        super().__init__(daemon=True)
        self.title, self.stage, self.out, self.stop, self.door = name, stage, out, stop, door
        self.random = random.Random(name)
        self.first = datetime.fromisoformat(stage["first_hour"])
        self.mine: list[tuple[int, int, int]] = []
        self.listed: list[int] = []
        self.number = 0
        self.http = httpx.Client(timeout=10)

    def run(self) -> None:
        while not self.stop.exists():
            self._one()

    def _one(self) -> None:
        self.number += 1
        key = f"{self.title}-{self.number}"
        batch = [self._draw(f"{key}-{part}") for part in range(self.random.choice((1, 1, 2, 6)))]
        if self.door != "socket":
            buyers = self.stage["buyers"][: len(self.stage["tokens"])]
            buyer = self.random.choice(buyers)
            batch = [msgspec.structs.replace(self._buy(f"{key}-0"), member=buyer)]
        began, answers, tries = time.time(), None, 0
        while answers is None:
            tries += 1
            answers = self._send(batch)
            if answers is None and self.stop.exists():
                break
        again = None
        if answers is not None and self.random.randrange(100) < SENT_AGAIN_PERCENT:
            again = self._send(batch)
        self._note(batch, answers, again, {"began": began, "ended": time.time(), "tries": tries})

    def _send(self, batch: list[Any]) -> list[dict[str, Any]] | None:
        """Return the answers, or None when some are not final."""
        send = self._by_socket if self.door == "socket" else self._by_http
        answers = send(batch)
        if answers is None or any(answer.get("refused") in NOT_YET for answer in answers):
            time.sleep(AGAIN_AFTER_S)
            return None
        return answers

    def _by_socket(self, batch: list[Any]) -> list[dict[str, Any]] | None:
        try:
            return [msgspec.to_builtins(answer) for answer in call_engine(batch)]
        except Refused:
            return None

    def _by_http(self, batch: list[Any]) -> list[dict[str, Any]] | None:
        (entry,) = batch
        buyer = self.stage["buyers"].index(entry.member)
        request = entry.request
        body = {
            "client_order_id": entry.client_order_id,
            "unit": request.unit,
            "amount": request.amount,
            "hours": request.hours,
            "earliest": request.earliest.isoformat(),
            "latest": request.latest.isoformat(),
            "limit_micros": request.limit_micros,
            "time_in_force": request.time_in_force,
        }
        try:
            answer = self.http.post(
                f"{self.door}/api/v1/orders/",
                json=body,
                headers={"Authorization": f"Bearer {self.stage['tokens'][buyer]}"},
            )
        except httpx.HTTPError:
            return None
        if answer.status_code >= 500 or answer.status_code in {401, 403, 429}:
            return None
        told = answer.json()
        if answer.status_code >= 400:
            return [{"refused": str(told.get("code"))}]
        # The door reads the row after the answer: its figures may be of a later moment.
        return [{"id": told["id"], "door": "http"}]

    def _draw(self, key: str) -> Any:
        kind = self.random.random()
        if kind < 0.25:
            return self._sell(key)
        if kind < 0.37 and self.mine:
            pk, member, _ = self.mine.pop(self.random.randrange(len(self.mine)))
            return entries.CancelOrder(member=member, order_id=pk, client_id=key)
        if kind < 0.45 and self.mine:
            pk, member, version = self.random.choice(self.mine)
            return entries.ReplaceOrder(
                member=member,
                order_id=pk,
                version=version,
                amount=self.random.randint(1, 9),
                client_id=key,
            )
        if kind < 0.5 and self.listed:
            listing = self.listed.pop(0)
            member = self.stage["seller"]
            return entries.WithdrawListing(member=member, listing_id=listing, client_id=key)
        return self._buy(key)

    def _buy(self, key: str) -> entries.PlaceOrder:
        start = self.first + self.random.randrange(8) * HOUR
        rests = self.random.random() < 0.5
        return entries.PlaceOrder(
            member=self.random.choice(self.stage["buyers"]),
            client_order_id=key,
            request=OrderRequest(
                unit="DEVICES",
                amount=self.random.randint(1, 9),
                hours=self.random.randint(1, 3),
                earliest=start,
                latest=start + self.random.randint(3, 9) * HOUR,
                limit_micros=self.random.randint(140, 200) * TICK,
                time_in_force="GTC" if rests else "IOC",
            ),
        )

    def _sell(self, key: str) -> entries.PublishListing:
        start = self.first + self.random.randrange(8) * HOUR
        return entries.PublishListing(
            member=self.stage["seller"],
            client_order_id=key,
            request=ListingRequest(
                pool_id=self.random.choice(self.stage["pools"]),
                devices=self.random.randint(1, 20),
                starts_at=start,
                ends_at=start + self.random.randint(2, 8) * HOUR,
                ask_micros=self.random.randint(140, 200) * TICK,
                min_devices=1,
                min_hours=1,
                firmness="FIRM",
            ),
        )

    def _note(
        self, batch: list[Any], answers: list[Any] | None, again: list[Any] | None, times: Any
    ) -> None:
        for index, entry in enumerate(batch):
            answer = None if answers is None else answers[index]
            if answer is not None and not answer.get("refused"):
                self._remember(entry, answer)
            row = {
                **times,
                "entry": msgspec.to_builtins(entry),
                "answer": answer,
                "again": None if again is None else again[index],
            }
            self.out.write(msgspec.json.encode(row).decode() + "\n")

    def _remember(self, entry: Any, answer: dict[str, Any]) -> None:
        if isinstance(entry, entries.PlaceOrder) and answer.get("state") == "OPEN":
            self.mine.append((answer["id"], entry.member, 1))
        if isinstance(entry, entries.ReplaceOrder):
            self.mine = [
                (pk, member, answer["version"] if pk == entry.order_id else version)
                for pk, member, version in self.mine
            ]
        if isinstance(entry, entries.PublishListing) and answer.get("state") == "OPEN":
            self.listed.append(answer["id"])
        self.mine, self.listed = self.mine[-50:], self.listed[-50:]


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
