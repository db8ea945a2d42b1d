"""What the emulator remembers: objects, events and answers under idempotency keys."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

API_VERSION = "2026-10-28.endive"


class State:
    """Everything under one lock; optionally kept in a file so that a demo can be stopped."""

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.undelivered: list[str] = []
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None
        self._file = file
        if file is not None and file.exists():
            self._load(json.loads(file.read_text()))

    def _load(self, kept: dict[str, Any]) -> None:
        self.intents, self.refunds = kept["intents"], kept["refunds"]
        self.events, self.answers = kept["events"], kept["answers"]
        self.undelivered = kept["undelivered"]

    def keep(self) -> None:
        """Write the file, if there is one, in one step."""
        if self._file is None:
            return
        kept = {
            "intents": self.intents,
            "refunds": self.refunds,
            "events": self.events,
            "answers": self.answers,
            "undelivered": self.undelivered,
        }
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        fresh.replace(self._file)

    def record(self, kind: str, subject: dict[str, Any]) -> None:
        """Append an event with a picture of the object as it is now, and send it."""
        event: dict[str, Any] = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "type": kind,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "data": {"object": json.loads(json.dumps(subject))},
        }
        self.events[event["id"]] = event
        self.undelivered.append(event["id"])
        self.on_event(event)


def new_id(prefix: str) -> str:
    """Return an id that nobody guesses."""
    return f"{prefix}_{secrets.token_hex(12)}"


def listing(url: str, rows: list[dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return Stripe's page of rows, newest first."""
    created = parameters.get("created", {})
    since = int(created.get("gte", 0)) if isinstance(created, dict) else int(created)
    rows = [row for row in reversed(rows) if row["created"] >= since]
    after = parameters.get("starting_after")
    if after:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    limit = int(parameters.get("limit", 10))
    return {"object": "list", "url": url, "data": rows[:limit], "has_more": len(rows) > limit}
