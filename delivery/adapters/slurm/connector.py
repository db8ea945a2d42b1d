"""The Slurm connector: hand-overs on a centre's cluster.

By slurmrestd: nodes, jobs, usage of jobs, what is reserved. By Slurm's own programs: making
and ending reservations, accounts, the records that the meter reads, a job's output.
"""

import re
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

from counter.failpoints import failpoint
from delivery.adapters.connector import ConnectorFailed, Fenced
from delivery.adapters.lasting import wall_seconds_left
from delivery.adapters.process.keeping import kept_in
from delivery.adapters.signatures import sign_for_site
from delivery.adapters.slurm.acceptance import Acceptance
from delivery.adapters.slurm.accounts import Accounts
from delivery.adapters.slurm.cluster import Cluster, Reservation, troubles
from delivery.adapters.slurm.commands import Commands
from delivery.adapters.slurm.doors import Doors, secret_of
from delivery.adapters.slurm.jobs import Jobs, Order, archive_path, has_ended, output_path
from delivery.adapters.slurm.meter import SKEW_REFUSED_S
from delivery.adapters.slurm.metering import Meter
from delivery.adapters.slurm.options import read_options
from delivery.adapters.slurm.reservations import Reservations, is_complete
from delivery.adapters.slurm.rest import open_rest
from delivery.adapters.slurm.script import packed_files
from delivery.adapters.slurm.shapes import job_shape, shape_of
from delivery.adapters.slurm.staging import Shelves, TakesData
from delivery.adapters.slurm.tokens import Tokens
from delivery.domain.handover import (
    AllocationView,
    Handle,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from delivery.domain.jobs import MAX_OUTPUT_BYTES
from delivery.domain.naming import base_of, generation_of
from exchange.units import ceil_div
from timetable.domain.clock import Clock
from timetable.queries import clock_in_force, wall_now

PIECE_BYTES = 16 * 1024
# What is kept, and the archive's own blocks for each file.
MOST_ARCHIVE_BYTES = MAX_OUTPUT_BYTES + 512 * 1024
END_WAIT_S = 20
END_PAUSE_S = 0.2
# Slurm counts a job's limit in minutes and two more; a clock may be off by some seconds.
OUTLASTS_S = 190
SAFE_NAME = re.compile(r"gh-[A-Z0-9][A-Z0-9-]{0,60}-g[0-9]{1,6}")
SAFE_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


class SlurmConnector(TakesData):
    """One account, one reservation and one job user a hand-over; devices are GRES."""

    gives_shells = True

    def __init__(self, **table: object) -> None:
        """Read the centre's table; Misconfigured, naming the field, where it is not right."""
        self.options = read_options(table)
        tokens = Tokens(self.options)
        self.commands = Commands(self.options, tokens)
        self.rest = open_rest(self.options, tokens)
        self.cluster = Cluster(self.rest, lambda: wall_now().timestamp())
        self.accounts = Accounts(self.options, self.rest, self.commands)
        self.reservations = Reservations(self.options, self.commands)
        self.jobs = Jobs(self.options, self.rest, self.commands)
        self.shelves = Shelves(self.options, self.commands, self.accounts)
        self.doors = Doors(self.options, self.rest, self.jobs)
        self.meter = Meter(self.options, self.cluster, self.reservations, self.jobs)
        self.acceptance = Acceptance(self.options, self.cluster, self.jobs)
        # Files for jobs that are handed in next, by the job's name; lost with the worker, which
        # then gives them again.
        self._begins: dict[str, bytes] = {}

    def ensure(self, view: AllocationView) -> Handle:
        """Make account, job user and reservation, or adopt them; end earlier generations.

        Refuses a reservation that is smaller than asked for or that another one lies over.
        """
        external = _safe(view.external_name)
        self._fence(view)
        failpoint("slurm.fenced")
        shape = shape_of(view.devices, self.options)
        adopted = external in self.cluster.look_now().reservations
        self.accounts.ensure(external, shape.devices)
        if not adopted:
            minutes = minutes_of(view, clock_in_force(), wall_now())
            self.reservations.create(external, shape, minutes)
            failpoint("slurm.reserved")
        snapshot = self.cluster.look_now()
        held = snapshot.reservations.get(external)
        if held is None:
            msg = f"the reservation {external} is not there"
            raise ConnectorFailed(msg)
        found = [] if is_complete(held, shape) else [f"{len(held.nodes)} of {shape.nodes} nodes"]
        if not adopted:
            found += troubles(snapshot, held)
        if found:
            self.reservations.delete(external)
            msg = f"not all was reserved: {'; '.join(found)}"
            raise ConnectorFailed(msg)
        return Handle(external, view.generation, adopted)

    def _fence(self, view: AllocationView) -> None:
        """Refuse when a later generation ever held here; end the earlier ones."""
        latest = self.reservations.latest_known(view.base_name, view.generation)
        living = [name for name in self.inventory() if base_of(name) == view.base_name]
        latest = max([latest, *map(generation_of, living)])
        if latest > view.generation:
            msg = f"{view.base_name} is at generation {latest}"
            raise Fenced(msg)
        for name in living:
            if generation_of(name) < view.generation:
                self.release(name)

    def inspect(self, view: AllocationView) -> Status:
        """Tell whether the reservation is there, its nodes run jobs, and it is ours alone."""
        snapshot = self.cluster.look()
        held = snapshot.reservations.get(view.external_name)
        if held is None:
            return Status(alive=False, healthy=False, detail="the reservation is gone")
        found = troubles(snapshot, held)
        if abs(snapshot.skew_s) > SKEW_REFUSED_S:
            found.append(f"the site's clock is off by {snapshot.skew_s} s")
        return Status(alive=True, healthy=not found, detail="; ".join(found)[:180])

    def release(self, external_name: str) -> None:
        """End jobs, reservation and account, in that order; what is gone already is passed by."""
        external = _safe(external_name)
        deadline = time.monotonic() + END_WAIT_S
        while numbers := self.jobs.active(external):
            for number in numbers:
                self.jobs.cancel(number)
            if time.monotonic() > deadline:
                msg = f"jobs of {external} do not end: {numbers}"
                raise ConnectorFailed(msg)
            time.sleep(END_PAUSE_S)
        failpoint("slurm.jobs_ended")
        self.reservations.delete(external)
        failpoint("slurm.reservation_deleted")
        self.shelves.clear(external)
        self.accounts.delete(external)
        failpoint("slurm.account_deleted")

    def inventory(self) -> Sequence[str]:
        """Return the names of all hand-overs that have an account here: it is removed last."""
        return sorted(self.accounts.living())

    def accept_test(self, view: AllocationView) -> Measured:
        """Count devices and measure the slowest by a job on every node that runs jobs."""
        held = self._held(view)
        shape = shape_of(view.devices, self.options)
        user = self._user(view)
        return self.acceptance.measure(view.external_name, user, held, shape)

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Convert accounting's records to quarters; silent while those are not complete."""
        return self.meter.read(view, windows)

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Hand the job in unless Slurm knows one of its name."""
        name = _job_name(view, job.external_id)
        if self.jobs.status(view.external_name, name).known:
            return
        held = self._held(view)
        shape = job_shape(job.devices, shape_of(view.devices, self.options))
        user, argv, limit_s = self._user(view), job.argv, job.time_limit_s
        environment = {
            **dict(job.env),
            **self.shelves.environment(user, view.external_name),
            "GRIDHOUR_JOB": job.external_id,
            "GRIDHOUR_DEVICES": str(job.devices),
        }
        if job.port or job.entered:
            argv = self.doors.wrapped(user, name, job.port, argv)
            environment["GRIDHOUR_DOOR"] = secret_of(name).hex()
            # A job that would outlast its reservation is never started.
            left_s = held.ends_s - int(wall_now().timestamp()) - OUTLASTS_S
            limit_s = max(1, min(limit_s, left_s))
        order = Order(
            view.external_name,
            name,
            user,
            argv,
            shape,
            limit_s,
            environment,
            begins_with=self._begins.pop(name, b""),
            most_output_bytes=MAX_OUTPUT_BYTES,
        )
        self.jobs.submit(order)

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Tell where the job stands."""
        return self.jobs.status(view.external_name, _job_name(view, external_id))

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return the next piece of the job's output."""
        user = self.accounts.user_of(view.external_name)
        if not user:
            return b""
        path = output_path(self.options, user, _job_name(view, external_id))
        return self.jobs.read(path, offset, PIECE_BYTES)

    def job_begins_with(
        self, view: AllocationView, external_id: str, files: Mapping[str, bytes]
    ) -> None:
        """Let the job's script carry the files, when it is handed in next."""
        self._begins[_job_name(view, external_id)] = packed_files(files) if files else b""

    def job_outputs(self, view: AllocationView, external_id: str) -> Mapping[str, bytes]:
        """Read what the job's script packed, as the work of a stranger that it is."""
        user = self.accounts.user_of(view.external_name)
        if not user:
            return {}
        path = archive_path(self.options, user, _job_name(view, external_id))
        archive = self.jobs.read(path, 0, MOST_ARCHIVE_BYTES)
        return dict(kept_in(BytesIO(archive), MAX_OUTPUT_BYTES))

    def checkpoint_job(self, view: AllocationView, external_id: str, seconds: int) -> None:
        """Warn the job's script, which does once what it is told again and again.

        It ends the job after the seconds that it was handed in with.
        """
        for row in self.jobs.named(view.external_name, _job_name(view, external_id)):
            if not has_ended(row):
                self.jobs.warn(int(row["job_id"]))

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """Cancel the job; nothing happens when it has ended."""
        for row in self.jobs.named(view.external_name, _job_name(view, external_id)):
            self.jobs.cancel(int(row["job_id"]))

    def enter(self, view: AllocationView, external_id: str) -> socket.socket:
        """Connect to the door of a service or session that runs on one of the nodes."""
        user = self._user(view)
        return self.doors.enter(view.external_name, user, _job_name(view, external_id))

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Sign with the key that this machine keeps for the site."""
        return sign_for_site(site_code, message)

    def _held(self, view: AllocationView) -> Reservation:
        held = self.cluster.look().reservations.get(view.external_name)
        if held is None:
            msg = f"the reservation {view.external_name} is gone"
            raise ConnectorFailed(msg)
        return held

    def _user(self, view: AllocationView) -> str:
        user = self.accounts.user_of(view.external_name)
        if not user:
            msg = f"{view.external_name} has no job user"
            raise ConnectorFailed(msg)
        return user


def minutes_of(view: AllocationView, clock: Clock, wall: datetime) -> int:
    """Return how long to reserve, so that Slurm ends it by itself should nobody else."""
    return max(1, ceil_div(wall_seconds_left(view, clock, wall), 60))


def _safe(external_name: str) -> str:
    """Return the name, which becomes a word of commands, when it is one of ours."""
    if not SAFE_NAME.fullmatch(external_name):
        msg = f"{external_name} is not a hand-over's name"
        raise ConnectorFailed(msg)
    return external_name


def _job_name(view: AllocationView, external_id: str) -> str:
    if not SAFE_JOB.fullmatch(external_id):
        msg = f"{external_id} is not a job's name"
        raise ConnectorFailed(msg)
    return f"{_safe(view.external_name)}.{external_id}"
