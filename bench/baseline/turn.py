"""A turn at the market: whoever changes the book holds its one lock and numbers its events."""

from datetime import datetime
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from bench.baseline.standing import gate_minutes
from exchange.window import hour_number
from marketplace.domain.checks import first_open_hour
from marketplace.domain.refusals import MarketBusy
from marketplace.models import MarketEvent

_LOCK = "SELECT last_number FROM marketplace_marketsequence WHERE id = 1 FOR UPDATE"
_FIRST = (
    "INSERT INTO marketplace_marketsequence (id, last_number) VALUES (1, 0) ON CONFLICT DO NOTHING"
)
_SAVE = "UPDATE marketplace_marketsequence SET last_number = %s WHERE id = 1"


class Turn:
    """Taken inside a transaction; `finish` writes what happened, numbered without gaps."""

    def __init__(self, now: datetime) -> None:
        """Wait for the market's lock, and keep it until the transaction ends."""
        self.now = now
        self.number = self._lock()
        self.events: list[MarketEvent] = []
        self.gate_minutes = gate_minutes(now)
        self.first_open = hour_number(first_open_hour(now, self.gate_minutes))

    def _lock(self) -> int:
        try:
            return self._locked_number()
        except OperationalError as problem:
            if isinstance(problem.__cause__, LockNotAvailable):
                raise MarketBusy from problem
            raise

    def _locked_number(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            row = cursor.fetchone()
            if row is None:
                cursor.execute(_FIRST)
                cursor.execute(_LOCK)
                row = cursor.fetchone()
        assert row is not None
        return int(row[0])

    def record(
        self, kind: str, *, order_id: int | None = None, listing_id: int | None = None, **facts: Any
    ) -> MarketEvent:
        """Number an event of the market; its rows are written when the turn finishes."""
        self.number += 1
        event = MarketEvent(
            number=self.number,
            kind=kind,
            at=self.now,
            order_id=order_id,
            listing_id=listing_id,
            facts=facts,
        )
        self.events.append(event)
        return event

    def finish(self) -> None:
        """Write the turn's events and the number of the last."""
        MarketEvent.objects.bulk_create(self.events)
        with connection.cursor() as cursor:
            cursor.execute(_SAVE, [self.number])
