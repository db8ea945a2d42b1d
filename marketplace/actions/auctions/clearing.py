"""Clear a frozen book, check what came of it, and publish; fall back where it fails or is late.

Everything is worked out from the frozen book alone, so that a worker that dies leaves nothing
but a run to take up again, and another one gets the same outcome.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from exchange.clearing.clearing import CONFIGS, METHODS, Method, clear
from exchange.verifying import verify
from marketplace.actions.auctions.publishing import fail, publish
from marketplace.models import Auction, AuctionFile, AuctionRun

logger = structlog.get_logger(__name__)
CLEARING_LOCK = 7_305_020
MOST_AT_ONCE = 5
BEAT = timedelta(seconds=1)
Json = dict[str, Any]
WallClock = Callable[[], datetime]


class _Late(Exception):
    """The method has had its time."""


def clear_frozen(
    *, now: datetime, wall: WallClock, most_wall: timedelta = timedelta(minutes=5)
) -> int:
    """Clear every frozen auction that no other worker clears; return how many have ended.

    A method that takes longer than `most_wall` is given up for the next, quicker one.
    """
    due = Auction.objects.filter(state="CLEARING").order_by("ends_by", "pk")[:MOST_AT_ONCE]
    return sum(_clear_alone(auction, now, wall, most_wall) for auction in due)


def _clear_alone(auction: Auction, now: datetime, wall: WallClock, most_wall: timedelta) -> int:
    """Clear under a lock of this session: it ends with its worker, however that ends."""
    key = [CLEARING_LOCK, auction.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            return 0
        try:
            auction.refresh_from_db()
            if auction.state != "CLEARING":
                return 0
            _by_methods(auction, now, wall, most_wall)
            return 1
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _by_methods(auction: Auction, now: datetime, wall: WallClock, most_wall: timedelta) -> None:
    file = AuctionFile.objects.get(auction=auction, name="book.json")
    book = json.loads(bytes(file.content))
    for method in METHODS:
        run, _ = AuctionRun.objects.get_or_create(
            auction=auction, method=method, defaults={"started_at": wall(), "beat_at": wall()}
        )
        if run.state == "FAILED":
            continue
        outcome = _tried(book, method, run, wall, most_wall)
        if outcome is not None:
            with transaction.atomic():
                _done(run, outcome, wall())
                publish(auction, book, outcome, method=method, now=now)
            return
    fail(auction, now)


def _tried(
    book: Json, method: Method, run: AuctionRun, wall: WallClock, most_wall: timedelta
) -> Json | None:
    """Return the method's outcome where the second implementation finds nothing wrong with it."""
    try:
        cleared = clear(book, CONFIGS[method], _Teller(run, wall, most_wall).tell)
        # What is kept and checked is what anybody will read.
        outcome: Json = json.loads(json.dumps(cleared))
        findings = verify(book, outcome)
        fault = "; ".join(str(finding) for finding in findings[:3])
    except Exception as error:  # whatever a method dies of, the next one is tried
        logger.exception("auction_method_failed", auction=run.auction_id, method=method)
        fault = f"{type(error).__name__}: {error}"
    else:
        if not fault:
            return outcome
    logger.error("auction_falls_back", auction=run.auction_id, method=method, fault=fault)
    run.state, run.fault, run.beat_at = "FAILED", fault[:400] or "unknown", wall()
    run.save(update_fields=["state", "fault", "beat_at"])
    return None


def _done(run: AuctionRun, outcome: Json, wall: datetime) -> None:
    run.state, run.done_bp, run.beat_at = "DONE", 10_000, wall
    run.welfare_micros, run.bound_micros = outcome["welfare_micros"], outcome["bound_micros"]
    run.save()


class _Teller:
    """Writes how far the clearing is, a row a second at most, and ends one that is late."""

    def __init__(self, run: AuctionRun, wall: WallClock, most_wall: timedelta) -> None:
        self._run, self._wall = run, wall
        self._until = wall() + most_wall
        self._next = wall()

    def tell(self, phase: str, share: float) -> None:
        """Note phase and share done."""
        wall = self._wall()
        # The last method has nobody behind it: it may take its time.
        if wall > self._until and self._run.method != METHODS[-1]:
            raise _Late(phase)
        if phase != self._run.phase or wall >= self._next:
            self._run.phase, self._run.done_bp = phase, int(share * 10_000)
            self._run.beat_at, self._next = wall, wall + BEAT
            self._run.save(update_fields=["phase", "done_bp", "beat_at"])
