"""The two doors of the storm's traders: the engine's socket, and the API over HTTP."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

import httpx
import msgspec

from exchange.refusal import Refused
from marketplace.adapters.engine import call_engine
from marketplace.domain import entry as entries

Answers = list[dict[str, Any]]
NOT_YET = {"MarketBusy", "MarketAway", "MarketStopped"}
# What a client understands: all else from a server that says it is well is a fault.
BUSY, TOO_MANY, FAILED = 503, 429, 500
PUT_ASIDE = "E-BUSY-04"
LONGEST_WAIT_S = 10.0
TOLD = ("id", "state", "filled", "version", "number", "ended")
ORDER = ("unit", "amount", "hours", "limit_micros", "time_in_force")


class Door(Protocol):
    """Sends entries; None means that they have to be sent again."""

    broken: list[str]

    def send(self, batch: list[Any]) -> Answers | None:
        """Return what was answered."""


class SocketDoor:
    """The engine's socket."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def send(self, batch: list[Any]) -> Answers | None:
        """Send them in one call."""
        try:
            answers = [msgspec.to_builtins(answer) for answer in call_engine(batch)]
        except Refused:
            return None
        not_yet = any(answer.get("refused") in NOT_YET for answer in answers)
        return None if not_yet else answers


class HttpDoor:
    """The API, with each member's own token."""

    def __init__(self, address: str, stage: dict[str, Any]) -> None:
        self.address, self.stage = address, stage
        self.broken: list[str] = []
        self.http = httpx.Client(timeout=LONGEST_WAIT_S)

    def send(self, batch: list[Any]) -> Answers | None:
        """Send one entry, or several of one member together."""
        if len(batch) == 1:
            path, body = WAYS[type(batch[0])](self, batch[0])
            answer = self._post(batch[0].member, path, body)
            return None if answer is None else [answer]
        mixed = {"entries": [_entry(entry) for entry in batch]}
        answer = self._post(batch[0].member, "orders/batch/", mixed)
        if answer is None or "answers" not in answer:
            return None
        found = [self._read(document["status"], document) for document in answer["answers"]]
        told = [answer for answer in found if answer is not None]
        return told if len(told) == len(found) else None

    def _post(self, member: int, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        token = self.stage["tokens"][str(member)]
        try:
            answer = self.http.post(
                f"{self.address}/api/v1/{path}",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
        except httpx.HTTPError:
            return None
        try:
            document = answer.json()
        except ValueError:
            self.broken.append(f"{answer.status_code} without a document")
            return None
        return self._read(answer.status_code, document)

    def _read(self, status: int, document: dict[str, Any]) -> dict[str, Any] | None:
        if status in {BUSY, TOO_MANY}:
            return None
        if status >= FAILED and document.get("code") != PUT_ASIDE:
            self.broken.append(f"{status} {document.get('code')}")
            return None
        if status in {401, 403}:
            self.broken.append(f"{status} {document.get('code')}")
            return None
        if status >= 400:
            return {"refused": str(document.get("code"))}
        if "answers" in document:
            return document
        return {name: document[name] for name in TOLD if name in document}

    def place(self, entry: entries.PlaceOrder) -> tuple[str, dict[str, Any]]:
        return "orders/", _order(entry)

    def publish(self, entry: entries.PublishListing) -> tuple[str, dict[str, Any]]:
        request = asdict(entry.request)
        sent = {name: request[name] for name in ("devices", "ask_micros")}
        return "listings/", {
            **sent,
            "client_order_id": entry.client_order_id,
            "pool": self.stage["pool_codes"][str(entry.request.pool_id)],
            "starts_at": entry.request.starts_at.isoformat(),
            "ends_at": entry.request.ends_at.isoformat(),
        }

    def cancel(self, entry: entries.CancelOrder) -> tuple[str, dict[str, Any]]:
        return f"orders/{entry.order_id}/cancel/", {"client_id": entry.client_id}

    def replace(self, entry: entries.ReplaceOrder) -> tuple[str, dict[str, Any]]:
        told = {"version": entry.version, "amount": entry.amount, "client_id": entry.client_id}
        return f"orders/{entry.order_id}/replace/", told

    def withdraw(self, entry: entries.WithdrawListing) -> tuple[str, dict[str, Any]]:
        return f"listings/{entry.listing_id}/withdraw/", {"client_id": entry.client_id}

    def reprice(self, entry: entries.RepriceListing) -> tuple[str, dict[str, Any]]:
        ask = {"ask_micros": entry.ask_micros}
        told = {"version": entry.version, "client_id": entry.client_id, **ask}
        return f"listings/{entry.listing_id}/replace/", told

    def cancel_all(self, entry: entries.CancelAll) -> tuple[str, dict[str, Any]]:
        return "orders/cancel-all/", {"client_id": entry.client_id}


WAYS: dict[type, Callable[[HttpDoor, Any], tuple[str, dict[str, Any]]]] = {
    entries.PlaceOrder: HttpDoor.place,
    entries.PublishListing: HttpDoor.publish,
    entries.CancelOrder: HttpDoor.cancel,
    entries.ReplaceOrder: HttpDoor.replace,
    entries.WithdrawListing: HttpDoor.withdraw,
    entries.RepriceListing: HttpDoor.reprice,
    entries.CancelAll: HttpDoor.cancel_all,
}


def _entry(entry: Any) -> dict[str, Any]:
    """Return an entry as it stands in a batch of all kinds."""
    told = msgspec.to_builtins(entry)
    if isinstance(entry, entries.PlaceOrder):
        return {"do": told["do"], **_order(entry)}
    return {name: value for name, value in told.items() if name != "member"}


def _order(entry: entries.PlaceOrder) -> dict[str, Any]:
    request = entry.request
    return {
        "client_order_id": entry.client_order_id,
        "earliest": request.earliest.isoformat(),
        "latest": request.latest.isoformat(),
        **{name: getattr(request, name) for name in ORDER},
    }
