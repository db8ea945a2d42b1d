"""The stepped day: orders as they came, sweeps until nothing is due, the next quarter-hour."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from celery import current_app

from accounts.queries import members_with
from config.conductor import JOURNEY
from config.management.journey.work import submit_real_work
from config.management.progress import Progress
from delivery.models import Allocation
from exchange.refusal import Refused
from marketplace.actions import place_order
from marketplace.queries import why_not
from sandbox.market.buyers import draw, request_of
from sandbox.traces import DemandJob
from timetable.actions import step_to
from timetable.queries import wall_now

QUARTER = timedelta(minutes=15)
# What a quarter-hour of a live process allocation is given of wall time.
WALL_BUDGET_S = 0.5
DAYS_OF_DELIVERY = 2


class Day:
    """Steps the clock through the trading day and on until all is delivered."""

    def __init__(self, *, day_start: datetime, jobs: list[DemandJob]) -> None:
        self.day_start, self.jobs = day_start, jobs
        self.refused: Counter[str] = Counter()
        self.placed: list[int] = []
        # Asked at arrival: at the end of the day its market is gone.
        self.why_unfilled: dict[int, str] = {}
        self.buyer_ids = [member.pk for member in members_with("BUYER")]

    def run(self) -> None:
        """Walk every quarter-hour of the day and of the delivery that follows."""
        quarters = DAYS_OF_DELIVERY * 24 * 4 + 1
        bar = Progress("quarter-hours", quarters)
        arrivals = self._arrivals()
        waiting = next(arrivals, None)
        for index in range(quarters):
            now = self.day_start + index * QUARTER
            if self._process_is_live():
                time.sleep(WALL_BUDGET_S)
            step_to(market_at=now, reason="journey", wall=wall_now())
            while waiting is not None and waiting[0] <= now:
                self._place(waiting[1], now)
                waiting = next(arrivals, None)
            sweep()
            submit_real_work(now=now)
            bar.step(note=f"{len(self.placed):,} orders")

    def _process_is_live(self) -> bool:
        return Allocation.objects.filter(
            connector="process", state__in=["PROVISIONING", "ACCEPTED", "DELIVERING"]
        ).exists()

    def _arrivals(self) -> Iterator[tuple[datetime, DemandJob]]:
        for job in self.jobs:
            yield self.day_start + timedelta(seconds=job.submit_s), job

    def _place(self, job: DemandJob, now: datetime) -> None:
        """Place the job's order for one of the buyers; the same job, the same buyer."""
        buyer = self.buyer_ids[draw(job, "buyer", len(self.buyer_ids))]
        try:
            order = place_order(
                buyer_id=buyer,
                client_order_id=f"{self.day_start:%Y%m%d}-{job.job_id}",
                request=request_of(job, now=now),
                now=now,
            )
        except Refused as refusal:
            self.refused[refusal.code] += 1
            return
        self.placed.append(order.pk)
        if not order.filled:
            self.why_unfilled[order.pk] = why_not(order.pk, now).blocked_by or "SIZE"


def sweep() -> None:
    """Run every stage of the journey here and now; unlike in a worker, a failure is raised."""
    for leg in JOURNEY:
        for stage in leg.stages:
            current_app.tasks[stage]()
