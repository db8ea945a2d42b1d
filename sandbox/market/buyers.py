"""Jobs as buy orders: what a trace does not say is assumed here, in one place.

No trace carries a willingness to pay, a place or a deadline. They are drawn by a
hash of the job's name, so that the same job always asks for the same.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.units import GFLOPS_PER_PFLOPS, TICK_MICROS, ceil_div
from exchange.window import ceil_hour
from marketplace.domain.order_request import OrderRequest
from sandbox.traces.job import DemandJob

# The device a job of the trace was sized in: 2017's V100 class and today's A100 class.
GFLOPS_PER_TRACE_DEVICE = 200_000
MICROS_PER_PFLOPS_HOUR = 17_000_000
CPU_PRICE_MICROS = 120_000
# What buyers expect to pay for network on top.
MICROS_PER_GBPS_HOUR = 1_500_000
MICROS_PER_GB = 20_000
MAX_HOURS = 24
CITIES = ("shanghai", "beijing", "shenzhen", "hangzhou", "guangzhou", "chengdu", "wuhan")
GATE = timedelta(hours=1)


@dataclass(frozen=True)
class Habits:
    """How buyers of the sandbox ask; shares in percent."""

    cpu_share: int = 11
    pflops_share: int = 30
    city_share: int = 35
    family_share: int = 20
    urgent_share: int = 10
    # Of orders from a city that take one centre: those that ask for a link to it.
    link_share: int = 50


HABITS = Habits()


@dataclass(frozen=True)
class Link:
    """What a job asks of the network: bandwidth all the time, data once."""

    gbps: int = 0
    gb: int = 0

    def expected_micros(self, hours: int) -> int:
        """Return what its owner expects to pay for it."""
        return self.gbps * hours * MICROS_PER_GBPS_HOUR + self.gb * MICROS_PER_GB


def link_of(job: DemandJob) -> Link:
    """Return the link that the job's owner asks for: wider for more devices."""
    gbps = (1, 2, 4)[draw(job, "gbps", 3)] * max(1, job.devices // 8)
    return Link(min(gbps, 40), (0, 200, 1_000)[draw(job, "data", 3)])


def draw(job: DemandJob, what: str, below: int) -> int:
    """Return a number from 0 to below − 1, the same for the same job and question."""
    digest = hashlib.sha256(f"{job.job_id}|{what}".encode()).digest()
    return int.from_bytes(digest[:6], "big") % below


def _on_processors(
    job: DemandJob, hours: int, earliest: datetime, latest: datetime
) -> OrderRequest:
    return OrderRequest(
        unit="DEVICES",
        amount=min(job.devices, 4),
        hours=min(hours, 2),
        earliest=earliest,
        latest=latest,
        stack="CPU",
        limit_micros=CPU_PRICE_MICROS * 2 // TICK_MICROS * TICK_MICROS,
    )


def request_of(job: DemandJob, *, now: datetime, habits: Habits = HABITS) -> OrderRequest:
    """Return the order that the job's owner would place at `now`."""
    hours = min(MAX_HOURS, ceil_div(max(job.duration_s, 1), 3600))
    earliest = ceil_hour(now + GATE) + timedelta(hours=1)
    slack = timedelta(hours=(0, 2, 4, 8, 12, 24)[draw(job, "slack", 6)])
    latest = earliest + timedelta(hours=hours) + slack
    if draw(job, "cpu", 100) < habits.cpu_share:
        return _on_processors(job, hours, earliest, latest)
    in_pflops = draw(job, "unit", 100) < habits.pflops_share
    wanted_gflops = job.devices * GFLOPS_PER_TRACE_DEVICE
    eagerness = 70 + draw(job, "limit", 81)  # percent of the usual price
    per_pflops = MICROS_PER_PFLOPS_HOUR * eagerness // 100
    limit = per_pflops if in_pflops else per_pflops * GFLOPS_PER_TRACE_DEVICE // GFLOPS_PER_PFLOPS
    from_city = draw(job, "near", 100) < habits.city_share
    families = ("nvidia", "ascend")[draw(job, "which", 2)]
    splittable = job.devices >= 8 and draw(job, "split", 2) == 0
    amount = wanted_gflops if in_pflops else job.devices
    link = Link()
    if from_city and not splittable and draw(job, "link", 100) < habits.link_share:
        link = link_of(job)
        scale = GFLOPS_PER_PFLOPS if in_pflops else 1
        limit += link.expected_micros(hours) * scale // (amount * hours)
    return OrderRequest(
        unit="PFLOPS" if in_pflops else "DEVICES",
        amount=amount,
        hours=hours,
        earliest=earliest,
        latest=latest,
        families_allowed=(families,) if draw(job, "family", 100) < habits.family_share else (),
        families_excluded=("cpu",),
        min_memory_gb=(0, 0, 24, 32, 64)[draw(job, "memory", 5)],
        city=CITIES[draw(job, "city", len(CITIES))] if from_city else None,
        max_rtt_us=(10_000, 20_000, 30_000)[draw(job, "rtt", 3)] if from_city else None,
        limit_micros=max(TICK_MICROS, limit // TICK_MICROS * TICK_MICROS),
        link_gbps=link.gbps,
        move_gb=link.gb,
        splittable=splittable,
        time_in_force="IOC" if draw(job, "urgent", 100) < habits.urgent_share else "GTC",
    )
