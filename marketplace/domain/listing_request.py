"""What a seller sends: devices of a pool for a window at an ask."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from exchange.window import Window
from marketplace.domain.checks import (
    FIRMNESS,
    MOST_DEVICES,
    SELF_TRADES,
    check_choice,
    check_horizon,
    check_price,
    check_range,
    first_open_hour,
)
from marketplace.domain.refusals import Contradiction, GateClosed, WindowPast

MOST_NOTICE_MINUTES = 10_080


@dataclass(frozen=True)
class ListingRequest:
    """A sell order as its sender wrote it. The ask is per device-hour, net of VAT."""

    pool_id: int
    devices: int
    starts_at: datetime
    ends_at: datetime
    ask_micros: int
    min_devices: int
    min_hours: int
    firmness: str
    recall_notice_minutes: int | None = None
    self_trade: str = "CANCEL_NEWEST"

    @property
    def hours(self) -> int:
        """Return the hours of the window; refuses what is none."""
        return Window(self.starts_at, self.ends_at).hours

    @property
    def facts(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)

    @property
    def content_hash(self) -> str:
        """Return one hash for one content: the same listing sent again has the same."""
        return sha256(str(sorted(self.facts.items())).encode()).hexdigest()


def check_listing(request: ListingRequest) -> None:
    """Refuse a listing that is wrong whatever the time and the pool."""
    hours = request.hours
    check_range("devices", request.devices, 1, MOST_DEVICES)
    check_price("ask_micros", request.ask_micros)
    check_range("min_devices", request.min_devices, 1, request.devices)
    check_range("min_hours", request.min_hours, 1, hours)
    check_choice("firmness", request.firmness, FIRMNESS)
    check_choice("self_trade", request.self_trade, SELF_TRADES)
    if request.firmness == "RECALLABLE":
        notice = request.recall_notice_minutes or 0
        check_range("recall_notice_minutes", notice, 1, MOST_NOTICE_MINUTES)
    elif request.recall_notice_minutes is not None:
        raise Contradiction(field="recall_notice_minutes", other="firmness")


def check_listing_times(request: ListingRequest, *, now: datetime, gate_minutes: int) -> None:
    """Refuse a listing whose window is past, begins in a closed hour, or lies too far."""
    if request.ends_at <= now:
        raise WindowPast(field="ends_at", ends_at=request.ends_at.isoformat())
    check_horizon("ends_at", request.ends_at, now=now)
    first = first_open_hour(now, gate_minutes)
    if request.starts_at < first:
        raise GateClosed(field="starts_at", minutes=gate_minutes, first=first.isoformat())
