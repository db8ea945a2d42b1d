"""`manage.py traders`: the sandbox's synthetic buyers and sellers, until it is stopped."""

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from sandbox.traders import Traders
from timetable.queries import clock_state

log = structlog.get_logger(__name__)
SECONDS_BETWEEN_TURNS = 1.0
SECONDS_AFTER_TROUBLE = 3.0
ORDERS_A_DAY = 300


class Command(BaseCommand):
    """Takes a turn a second while the market clock runs."""

    help = "Let the sandbox's synthetic members trade at the market's pace, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How busy the market is; tests bound the turns."""
        parser.add_argument("--orders-a-day", type=int, default=ORDERS_A_DAY)
        parser.add_argument("--turns", type=int, default=0, help="stop after so many; 0: never")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Trade until stopped; a database that is away is waited for."""
        if not settings.SANDBOX_MARKET:
            msg = "traders are for a sandbox market: set GRIDHOUR_SANDBOX=1"
            raise CommandError(msg)
        traders = Traders(orders_a_day=options["orders_a_day"])
        turns = 0
        while not options["turns"] or turns < options["turns"]:
            turns += 1
            time.sleep(self._turn(traders))
        report = traders.report
        self.stdout.write(f"traders: {report.listed} listings, {report.ordered} orders")

    def _turn(self, traders: Traders) -> float:
        try:
            clock = clock_state()
            if clock.factor:
                traders.turn(clock.market_now)
        except DatabaseError:
            log.warning("traders_wait", exc_info=True)
            close_old_connections()
            return SECONDS_AFTER_TROUBLE
        return SECONDS_BETWEEN_TURNS
