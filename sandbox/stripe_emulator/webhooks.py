"""Webhooks: signed as Stripe signs, sent by one thread, repeated until they are taken."""

import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from sandbox.stripe_emulator.state import State

PAUSES_S = (0.2, 0.5, 1, 2, 5, 10, 30, 60)


def signature(payload: bytes, secret: str, at: int) -> str:
    """Return the Stripe-Signature header for a payload sent at an instant."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class Webhooks:
    """Delivers each event at least once, in any order when some fail."""

    def __init__(self, state: State, url: str, secret: str) -> None:
        self._state, self._url, self._secret = state, url, secret
        self._waiting: queue.PriorityQueue[tuple[float, int, str, int]] = queue.PriorityQueue()
        self._count = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="stripe-webhooks", daemon=True)

    def start(self) -> None:
        """Send what an earlier run could not, then what happens."""
        if not self._url:
            return
        for name in list(self._state.undelivered):
            self._put(name, 0)
        self._state.on_event = lambda event: self._put(event["id"], 0)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what was not delivered is kept."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _put(self, name: str, tries: int) -> None:
        due = time.monotonic() + (PAUSES_S[min(tries, len(PAUSES_S)) - 1] if tries else 0.0)
        self._count += 1
        self._waiting.put((due, self._count, name, tries))

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                due, _, name, tries = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if due > time.monotonic():
                self._waiting.put((due, _, name, tries))
                self._stopping.wait(0.05)
            elif self._deliver(self._state.events[name]):
                with self._state.lock:
                    self._state.undelivered.remove(name)
                    self._state.keep()
            else:
                self._put(name, tries + 1)

    def _deliver(self, event: dict[str, Any]) -> bool:
        payload = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": signature(payload, self._secret, int(time.time())),
        }
        request = urllib.request.Request(self._url, payload, headers)  # noqa: S310 - given by us
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, OSError):
            return False
