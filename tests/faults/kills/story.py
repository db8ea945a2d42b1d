"""The market of the kills: a deal a site and round, and what a buyer does with it."""

import itertools
import time
from datetime import timedelta
from typing import Any

import httpx
from celery import current_app
from django.conf import settings
from django.test import Client

from accounts.actions import issue_credential
from contracts.actions import accept_standard_terms, publish_standard_terms
from delivery.models import Allocation, Job, JobLog
from delivery.models.job import UNFINISHED
from exchange.window import HOUR, ceil_hour
from marketplace.models import Pool
from tests.cast import NOON
from tests.faults.kills.judging import Kept
from tests.faults.kills.points import AGENT_LANE, PROCESS_LANE, SLURM_LANE
from tests.faults.kills.sites import Sites
from tests.slurm.lab.cluster import SlurmCluster
from tests.world import Deal, World
from timetable.actions import set_clock
from timetable.queries import market_now, wall_now

CONNECTORS = {PROCESS_LANE: "process", AGENT_LANE: "agent", SLURM_LANE: "lab"}
STACKS = {PROCESS_LANE: "CPU", AGENT_LANE: "CPU", SLURM_LANE: "CUDA"}
PROGRAM = "import time; time.sleep(0.3); print('ran', flush=True)"
ASK_S = 5


class Story:
    """Ada sells a device at each site, an hour a round; Ben runs a job on each."""

    def __init__(self, lanes: frozenset[str], lab: SlurmCluster | None) -> None:
        """Make the market; its clock runs in real time, and steps from stage to stage."""
        set_clock(market_at=NOON, factor=1, reason="kills", wall=wall_now())
        self.world, self.lab = World(), lab
        self.pools = {lane: self._pool(lane) for lane in sorted(lanes)}
        self.deals: list[Deal] = []
        self.lane_of: dict[int, str] = {}
        self.round: list[Deal] = []
        publish_standard_terms(now=NOON)
        for player in (self.world.cast.ada, self.world.cast.ben, self.world.cast.gwen):
            accept_standard_terms(member_id=player.id, person_id=player.person.pk, now=NOON)
        self.token = self._token()
        self.numbers = itertools.count(1)
        self.jobs: dict[int, str] = {}

    def _pool(self, lane: str) -> Pool:
        chip = self.world._chip(f"kill-{lane}", lane, STACKS[lane], 1, gflops=1)
        site = self.world.west_site if lane == AGENT_LANE else self.world.east_site
        connector = CONNECTORS[lane]
        return self.world._pool(f"kill-{lane}", site, chip, 8, connector=connector, per_node=4)

    def _token(self) -> str:
        ben = self.world.cast.ben
        issued = issue_credential(
            member_id=ben.id, name="kills", scopes=["orders"], by_person_id=ben.person.pk, now=NOON
        )
        sent = {
            "grant_type": "client_credentials",
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
        }
        host = settings.ALLOWED_HOSTS[0].lstrip(".")
        return str(Client(HTTP_HOST=host).post("/oauth/token/", sent).json()["access_token"])

    def trade(self) -> None:
        """Sell an hour that begins in three to four hours at each site."""
        self.world.now = market_now()
        hours = (ceil_hour(self.world.now) + 3 * HOUR - self.world.hour(0)) // HOUR
        self.round = []
        for lane, pool in self.pools.items():
            deal = self.world.deal(devices=1, hours=1, pool=pool, start=hours)
            self.lane_of[deal.trade.pk] = lane
            self.round.append(deal)
        self.deals += self.round
        self.wake("market")

    def step(self, minutes: int, *, from_end: bool = False) -> None:
        """Let it be so many minutes after the round's window begins, or ends; then look."""
        trade = self.round[0].trade
        moment = (trade.ends_at if from_end else trade.starts_at) + timedelta(minutes=minutes)
        if moment > market_now():
            set_clock(market_at=moment, factor=1, reason="kills", wall=wall_now())
        self.wake("delivery")

    def wake(self, leg: str) -> None:
        """Say once that there is work; nothing here says it again after a kill."""
        current_app.send_task("config.walk_leg", args=(leg,), expires=30)

    def rows(self) -> list[Allocation]:
        """Return the allocations of this round."""
        trades = [deal.trade.pk for deal in self.round]
        return list(Allocation.objects.filter(agreement__trade__in=trades).order_by("id"))

    def submit(self, address: str) -> None:
        """Hand a job in on every delivery by the API, again and again until it is answered."""
        number = next(self.numbers)
        for row in self.rows():
            if row.state in {"DELIVERING", "INTERRUPTED", "ACCEPTED"}:
                self.jobs[row.pk] = f"kill-{number}"
                self._submit(address, row, f"kill-{number}")

    def _submit(self, address: str, row: Allocation, name: str) -> None:
        stack = row.pool.chip.stack
        on_slurm = row.connector == "lab" and self.lab is not None
        python = f"{self.lab.at.folder}/python" if on_slurm and self.lab else "python3"
        body = {"client_job_id": f"{name}-{row.pk}", "name": name, "time_limit_s": 60}
        body |= {"variants": {stack: [python, "-c", PROGRAM]}}
        path = f"{address}api/v1/allocations/{row.pk}/jobs/"
        headers = {"authorization": f"Bearer {self.token}"}
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                answer = httpx.post(path, json=body, headers=headers, timeout=ASK_S)
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 201:
                return
            if answer.status_code < 500:
                break
            time.sleep(0.2)
        msg = f"the job on {row.external_name} was not taken"
        raise AssertionError(msg)

    def job_ended(self) -> bool:
        """Tell whether every job of this round has ended."""
        return not Job.objects.filter(
            allocation__in=[row.pk for row in self.rows()], state__in=UNFINISHED
        ).exists()

    def kept(self, sites: Sites, deals: list[Deal] | None = None) -> list[Kept]:
        """Return how every agreement is stored; by the sites' own records how often jobs ran."""
        return [self._kept(deal, sites) for deal in (self.deals if deals is None else deals)]

    def _kept(self, deal: Deal, sites: Sites) -> Kept:
        rows = list(Allocation.objects.filter(agreement__trade=deal.trade.pk))
        if len(rows) != 1:
            return Kept(f"gh-trade-{deal.trade.pk}-g1", "MISSING", allocations=len(rows))
        row = rows[0]
        jobs = list(Job.objects.filter(allocation=row))
        job: Any = jobs[0] if jobs else None
        ran = 0
        if job is not None:
            text = "".join(JobLog.objects.filter(job=job).values_list("text", flat=True))
            ran = text.count("ran")
            if row.connector == "lab" and job.external_id:
                ran = max(ran, sites.ran(row.external_name, job.external_id))
        return Kept(row.external_name, row.state, 1, job.state if job else "", ran)
