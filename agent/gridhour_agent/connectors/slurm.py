"""The Slurm connector: hand-overs on a cluster whose own programs run where the agent runs.

Slurm itself is the memory: names lead back to everything, and the agent's folder holds nothing
but the centre's `slurm.toml`.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from gridhour_agent.connector import (
    ConnectorFailed,
    Fenced,
    Handover,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from gridhour_agent.connectors.slurm_acceptance import Acceptance
from gridhour_agent.connectors.slurm_accounts import Accounts
from gridhour_agent.connectors.slurm_cluster import Cluster, troubles
from gridhour_agent.connectors.slurm_jobs import Job, Jobs, Order, status_of
from gridhour_agent.connectors.slurm_meter import SKEW_REFUSED_S
from gridhour_agent.connectors.slurm_metering import Meter
from gridhour_agent.connectors.slurm_names import JOB, checked, generation_of, job_name
from gridhour_agent.connectors.slurm_programs import ProgramRefused, Programs
from gridhour_agent.connectors.slurm_reservations import Reservations, is_complete, shape_of
from gridhour_agent.connectors.slurm_settings import read_settings

PIECE_BYTES = 16 * 1024
END_WAIT_S = 20
END_PAUSE_S = 0.2
# Slurm counts a job's limit in minutes and two more, and starts none that would outlast its
# reservation.
OUTLASTS_S = 300
MOST_LIMIT_S = 31 * 86_400
ACCEPTANCE = "acceptance"


class SlurmConnector:
    """One account, one reservation and one job user a hand-over; devices are GRES."""

    def __init__(self, state: Path) -> None:
        """Read `slurm.toml` in the folder of state; Misconfigured, naming the field."""
        self.settings = read_settings(state)
        programs = Programs(self.settings)
        self.cluster = Cluster(programs)
        self.accounts = Accounts(self.settings, programs)
        self.reservations = Reservations(self.settings, programs)
        self.slurm_jobs = Jobs(self.settings, programs)
        self.meter = Meter(self.cluster, self.reservations)
        self.acceptance = Acceptance(self.settings, self.cluster, self.slurm_jobs)

    def ensure(self, handover: Handover) -> None:
        """Make account, job user and reservation, or adopt them; end earlier generations.

        Takes back a reservation that is smaller than asked for or that another one lies over.
        """
        name = checked(handover.name)
        self._fence(handover)
        pool = self.settings.pool(handover.pool)
        shape = shape_of(handover.devices, pool)
        adopted = name in self.cluster.look_now().reservations
        self.accounts.ensure(name, handover.pool, shape.devices)
        if not adopted:
            self.reservations.create(name, shape, pool)
        snapshot = self.cluster.look_now()
        held = snapshot.held(name)
        found = [] if is_complete(held, shape) else [f"{len(held.nodes)} of {shape.nodes} nodes"]
        if not adopted:
            found += troubles(snapshot, held)
        if found:
            self.reservations.delete(name)
            msg = f"not all was reserved: {'; '.join(found)}"
            raise ConnectorFailed(msg)

    def _fence(self, handover: Handover) -> None:
        """Refuse when a later generation ever held here; end the earlier ones."""
        living = [name for name in self.inventory() if Handover(name).chain == handover.chain]
        latest = max([self.reservations.latest_known(handover), *map(generation_of, living)])
        if latest > handover.generation:
            msg = f"{handover.chain} is at generation {latest}"
            raise Fenced(msg)
        for name in living:
            if generation_of(name) < handover.generation:
                self.release(name)

    def inspect(self, name: str) -> Status:
        """Tell whether all of it is well and its own; prolong a reservation that is half over."""
        snapshot = self.cluster.look()
        held = snapshot.reservations.get(name)
        if held is None:
            return Status(alive=False, healthy=False, detail="the reservation is gone")
        lease_s = self.settings.lease_minutes * 60
        now_s = int(time.time()) + snapshot.skew_s
        found, noted = troubles(snapshot, held), []
        if abs(snapshot.skew_s) > SKEW_REFUSED_S:
            found.append(f"the site's clock is off by {snapshot.skew_s} s")
        if held.ends_s - now_s < lease_s // 2:
            try:
                self.reservations.prolong(held, now_s, lease_s)
                self.cluster.forget()
            except ProgramRefused as refusal:
                # It is well for now; it ends when the centre lets it end.
                noted.append(f"not prolonged: {refusal}")
        return Status(alive=True, healthy=not found, detail="; ".join(found + noted)[:180])

    def release(self, name: str) -> None:
        """End jobs, reservation and account, in that order; what is gone already is passed by."""
        checked(name)
        deadline = time.monotonic() + END_WAIT_S
        while numbers := self.slurm_jobs.active(name):
            self.slurm_jobs.cancel_all(name)
            if time.monotonic() > deadline:
                msg = f"jobs of {name} do not end: {numbers}"
                raise ConnectorFailed(msg)
            time.sleep(END_PAUSE_S)
        self.cluster.forget()
        self.reservations.delete(name)
        self.accounts.delete(name)

    def accept_test(self, handover: Handover) -> Measured:
        """Count devices and measure the slowest by a job on every node that runs jobs."""
        account = self.accounts.of(checked(handover.name))
        return self.acceptance.measure(handover.name, account)

    def read_meter(
        self, handover: Handover, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Convert accounting's records to quarters; silent while those are not complete."""
        checked(handover.name)
        return self.meter.read(handover, windows)

    def run_job(self, name: str, job: JobSpec) -> None:
        """Hand the job in unless Slurm knows one of its name; the reservation outlasts it."""
        whole = job_name(name, job.name)
        if job.name == ACCEPTANCE:
            msg = f"{ACCEPTANCE} is the name of the house's own job"
            raise ConnectorFailed(msg)
        if not 1 <= job.time_limit_s <= MOST_LIMIT_S:
            msg = f"a job lasts at most {MOST_LIMIT_S} s here"
            raise ConnectorFailed(msg)
        if self.slurm_jobs.named(name, whole):
            return
        snapshot, account = self.cluster.look_now(), self.accounts.of(name)
        held, pool = snapshot.held(name), self.settings.pool(account.pool)
        self.reservations.prolong(
            held, int(time.time()) + snapshot.skew_s, job.time_limit_s + OUTLASTS_S
        )
        own = {"GRIDHOUR_JOB": job.name, "GRIDHOUR_DEVICES": str(job.devices)}
        shape = shape_of(job.devices, pool, account.devices // len(held.nodes))
        self.slurm_jobs.submit(
            Order(
                *(name, whole, account.user, job.argv, pool, shape, job.time_limit_s),
                environment={**dict(job.env), **own},
            )
        )

    def jobs(self, name: str) -> dict[str, JobStatus]:
        """Return where each job stands; of two of a name the first is the job."""
        first: dict[str, Job] = {}
        doubled: list[int] = []
        for job in self.slurm_jobs.of(checked(name)):
            prefix, _, short = job.name.rpartition(".")
            if prefix != name or short == ACCEPTANCE or not JOB.fullmatch(short):
                # A buyer's job may hand in others, of any name.
                continue
            first.setdefault(short, job)
            if not job.ended and (first[short] is not job or job.restarts):
                doubled.append(job.number)
        # Also one that Slurm begins again though it was told not to.
        self.slurm_jobs.cancel(name, doubled)
        unrecorded = self.cluster.look().unrecorded if first else 0
        return {short: status_of(job, unrecorded) for short, job in first.items()}

    def job_log(self, name: str, job: str, offset: int) -> bytes:
        """Return the next piece of the job's output."""
        account = self.accounts.seen().get(name)
        if account is None or not account.user:
            return b""
        return self.slurm_jobs.read(account.user, job_name(name, job), offset, PIECE_BYTES)

    def cancel_job(self, name: str, job: str) -> None:
        """Cancel the job; nothing happens when it has ended."""
        found = self.slurm_jobs.named(name, job_name(name, job))
        self.slurm_jobs.cancel(name, [each.number for each in found if not each.ended])

    def inventory(self) -> Sequence[str]:
        """Return all hand-overs that have an account here: it is removed last."""
        return sorted(self.accounts.living())
