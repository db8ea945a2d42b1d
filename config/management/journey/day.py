"""The stepped day: orders as they came, sweeps until nothing is due, the next quarter-hour."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from accounts.queries import members_with
from config.celery import app
from config.conductor import JOURNEY
from config.management.journey.work import submit_real_work
from config.management.progress import Progress
from delivery.models import Allocation
from exchange.refusal import Refused
from marketplace.actions import place_order
from marketplace.domain.order_request import OrderRequest
from marketplace.queries import why_not
from sandbox.auction_traders import next_auction, take_part
from sandbox.market.buyers import Habits, draw, request_of
from sandbox.traces import DemandJob
from timetable.actions import step_to
from timetable.queries import wall_now

QUARTER = timedelta(minutes=15)
# What a quarter-hour of a live process allocation is given of wall time.
WALL_BUDGET_S = 0.5
DAYS_OF_DELIVERY = 2
# Enough processor jobs that a small day still runs twenty of them for real.
HABITS = Habits(cpu_share=25)
# Entries of the second day's auction come an hour after midnight; its outcome is there by 13:00.
AUCTION_ENTERED, AUCTION_CLEARED = 4, 13 * 4
QUARTERS = DAYS_OF_DELIVERY * 24 * 4 + 1


class Day:
    """Steps the clock through the trading day and on until all is delivered."""

    def __init__(
        self, *, day_start: datetime, jobs: list[DemandJob], walked: int = QUARTERS
    ) -> None:
        app.loader.import_default_modules()
        self.day_start, self.jobs, self.walked = day_start, jobs, walked
        self.refused: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.placed: list[int] = []
        self.auction = ""
        # Asked at arrival: at the end of the day its market is gone.
        self.why_unfilled: dict[int, str] = {}
        self.buyer_ids = [member.pk for member in members_with("BUYER")]

    def run(self) -> None:
        """Walk every quarter-hour of the day and of the delivery that follows.

        After `walked` of them, which is all by default, go straight to the last one.
        """
        indices = [*range(min(self.walked, QUARTERS - 1)), QUARTERS - 1]
        bar = Progress("quarter-hours", len(indices))
        arrivals = self._arrivals()
        waiting = next(arrivals, None)
        for index in indices:
            now = self.day_start + index * QUARTER
            if self._process_is_live():
                with self.timed("waiting for real processes"):
                    time.sleep(WALL_BUDGET_S)
            step_to(market_at=now, reason="journey", wall=wall_now())
            if index == AUCTION_ENTERED and self.walked > AUCTION_CLEARED:
                with self.timed("auction entries"):
                    self.enter_auction(now)
            while waiting is not None and waiting[0] <= now:
                with self.timed("orders"):
                    self._place(waiting[1], now)
                waiting = next(arrivals, None)
            self.sweep(now)
            if submit_real_work(now=now):
                self.sweep(now)
            bar.step(note=f"{len(self.placed):,} orders")
        self.close(self.day_start + (QUARTERS - 1) * QUARTER)

    def enter_auction(self, now: datetime) -> None:
        """Let sellers and buyers into the day-ahead auction of the second day."""
        auction = next_auction(now)
        if auction is not None:
            self.auction = auction.code
            take_part(self.jobs, now)

    def _process_is_live(self) -> bool:
        return Allocation.objects.filter(
            connector="process", state__in=["PROVISIONING", "ACCEPTED", "DELIVERING"]
        ).exists()

    def _arrivals(self) -> Iterator[tuple[datetime, DemandJob]]:
        for job in self.jobs:
            yield self.day_start + timedelta(seconds=job.submit_s), job

    def _place(self, job: DemandJob, now: datetime) -> None:
        """Place the job's order for one of the buyers; the same job, the same buyer."""
        try:
            order_id, filled = self.send_order(
                self.buyer_ids[draw(job, "buyer", len(self.buyer_ids))],
                f"{self.day_start:%Y%m%d}-{job.job_id}",
                request_of(job, now=now, habits=HABITS),
                now,
            )
        except Refused as refusal:
            self.refused[refusal.code] += 1
            return
        self.placed.append(order_id)
        if not filled:
            self.why_unfilled[order_id] = why_not(order_id, now).blocked_by or "SIZE"

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the wall time of the block to what is reported of it."""
        began = time.monotonic()
        yield
        self.seconds[what] += time.monotonic() - began

    def send_order(
        self, buyer_id: int, client_order_id: str, request: OrderRequest, now: datetime
    ) -> tuple[int, bool]:
        """Place the order; return its number and whether it got something at once."""
        order = place_order(
            buyer_id=buyer_id, client_order_id=client_order_id, request=request, now=now
        )
        return order.pk, bool(order.filled)

    def sweep(self, now: datetime) -> None:
        """Run every stage of the journey here and now; unlike in a worker, a failure is raised."""
        for leg in JOURNEY:
            for stage in leg.stages:
                with self.timed(stage):
                    app.tasks[stage]()

    def close(self, now: datetime) -> None:
        """Do what is left when the last quarter-hour has passed."""
