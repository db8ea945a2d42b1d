"""One market day from listing to payout, on real data, with a stepped clock."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.invariants import check_all
from config.management.journey.auction import auction_figures
from config.management.journey.day import DAYS_OF_DELIVERY, QUARTERS, Day
from config.management.journey.figures import Period, figures_of
from config.management.journey.house import OFFLINE, ONLINE, House
from config.management.journey.inputs import Inputs, gather
from config.management.journey.online import OnlineDay
from config.management.journey.report import table_of, write_report
from config.management.journey.supply import Sellers
from exchange.refusal import Refused
from exchange.window import day_start, delivery_day
from sandbox.traces import DemandJob
from timetable.actions import step_to
from timetable.queries import market_now, wall_now

LISTED_BEFORE = timedelta(hours=6)
MOST = 100_000


class Command(BaseCommand):
    """Lists, trades, provisions, meters, settles, invoices; prints a table; proves the books."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the inputs and where the report goes."""
        parser.add_argument("--trace", type=Path, help="jobs: Philly, Alibaba, Helios or own CSV")
        parser.add_argument("--prices", type=Path, help="price list as CSV")
        parser.add_argument("--orders", type=int, default=250)
        parser.add_argument("--price-lines", type=int, default=150)
        parser.add_argument("--pools", type=int, help="how many pools sell; all by default")
        parser.add_argument(
            "--with-web", action="store_true", help="orders by API, work by the worker"
        )
        parser.add_argument(
            "--walk", type=int, default=QUARTERS, help="quarter-hours before going to the end"
        )
        parser.add_argument("--report", type=Path, default=settings.VAR_DIR / "journey.json")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Walk the day; exit 1 when an invariant is broken or the books are not proved."""
        started = time.monotonic()
        inputs = self._inputs(options)
        call_command("prepare_database", verbosity=0)
        call_command("seed", stdout=self.stdout)
        self.stdout.write(f"demand: {inputs.demand_from}\nsupply: {inputs.prices_from}")

        opens = self._next_day()
        listed_at = opens - LISTED_BEFORE
        step_to(market_at=listed_at, reason="journey", wall=wall_now())
        sellers = Sellers(day_start=opens, now=listed_at, pools=options["pools"])
        with House(ONLINE if options["with_web"] else OFFLINE) as house:
            sellers.list_all(inputs.offers)
            day = self._walk(house, opens, inputs.jobs, options)
        if options["with_web"]:
            self.stdout.write(f"the house was restarted {house.restarts} times")

        closes = opens + timedelta(days=DAYS_OF_DELIVERY)
        figures = figures_of(Period(day.placed, day.why_unfilled, since=listed_at, until=closes))
        figures |= {
            "demand": inputs.demand_from,
            "supply": inputs.prices_from,
            "listings_refused": dict(sellers.refused),
            "orders_refused": dict(day.refused),
            "seconds_by_part": {what: round(spent, 1) for what, spent in day.seconds.items()},
        }
        figures |= auction_figures(day.auction)
        self.stdout.write(table_of(figures))
        self._prove(figures, options["report"], started)

    def _prove(self, figures: dict[str, Any], report: Path, started: float) -> None:
        checked = check_all(self.stdout.write)
        figures |= {
            "invariants_checked": checked.checked,
            "invariants_broken": checked.broken,
            "seconds": round(time.monotonic() - started),
        }
        write_report(report, figures)
        call_command("prove_books", stdout=self.stdout)
        self.stdout.write(f"took {figures['seconds']} s; the figures are in {report.name}")
        if checked.broken:
            raise SystemExit(1)

    def _inputs(self, options: dict[str, Any]) -> Inputs:
        for name in ("orders", "price_lines", "pools"):
            if options[name] is not None and not 1 <= options[name] <= MOST:
                msg = f"--{name.replace('_', '-')} must be from 1 to {MOST}"
                raise CommandError(msg)
        try:
            return gather(
                trace=options["trace"],
                prices=options["prices"],
                orders=options["orders"],
                lines=options["price_lines"],
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def _walk(
        self, house: House, opens: datetime, jobs: list[DemandJob], options: dict[str, Any]
    ) -> Day:
        """Walk the day in this process, or through the web and the worker."""
        kind = OnlineDay if options["with_web"] else Day
        day = kind(day_start=opens, jobs=jobs, walked=options["walk"])
        if isinstance(day, OnlineDay):
            day.connect(house.at.address)
        day.run()
        return day

    def _next_day(self) -> datetime:
        """Return the start of the first delivery day that can still be listed for."""
        return day_start(delivery_day(market_now() + LISTED_BEFORE) + timedelta(days=1))
