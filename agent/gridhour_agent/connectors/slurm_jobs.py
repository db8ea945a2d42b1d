"""Jobs at Slurm, found again by name: handing one in twice runs it once."""

import errno
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gridhour_agent.connector import ConnectorFailed, JobStatus
from gridhour_agent.connectors.slurm_names import account_of
from gridhour_agent.connectors.slurm_programs import Programs
from gridhour_agent.connectors.slurm_reservations import Shape
from gridhour_agent.connectors.slurm_script import script_of
from gridhour_agent.connectors.slurm_settings import Pool, Settings

# `timeout` ends with the first, or with the second when it had to kill.
TIMED_OUT = (124, 137)
FORGOTTEN = "lost by the site"
# Nothing; a link; a socket that nobody serves; what the job took from whoever is not root.
NOT_PLAIN = {errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EACCES}
ENDED = {
    "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
    "DEADLINE", "BOOT_FAIL", "REVOKED",
}  # fmt: skip
REASONS = {
    "TIMEOUT": "time limit",
    "DEADLINE": "time limit",
    "CANCELLED": "cancelled",
    "NODE_FAIL": "node failure",
    "BOOT_FAIL": "node failure",
    "OUT_OF_MEMORY": "out of memory",
    "PREEMPTED": "preempted by the site",
    "REVOKED": "cancelled",
}
DURATION = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.(\d{3}))?")


@dataclass(frozen=True)
class Order:
    """One job as Slurm takes it; its name begins with the hand-over's."""

    handover: str
    name: str
    user: str
    argv: Sequence[str]
    pool: Pool
    shape: Shape
    time_limit_s: int
    environment: dict[str, str] = field(default_factory=dict)
    # Shell commands of ours before the job's own.
    before: str = ""


@dataclass(frozen=True)
class Job:
    """What Slurm knows of one job. `exit_code` is right once `recorded`."""

    number: int
    name: str
    state: str
    restarts: int = 0
    recorded: bool = False
    exit_code: int = 0
    cpu_ms: int = 0

    @property
    def ended(self) -> bool:
        """Tell whether it is over, its processes gone."""
        return self.state in ENDED


@dataclass(frozen=True)
class Jobs:
    """Hands jobs in, finds and cancels them."""

    settings: Settings
    programs: Programs

    def submit(self, order: Order) -> None:
        """Hand the job in; two of a name never run at the same time."""
        folder, shape = self.settings.folder_of(order.user), order.shape
        script = script_of(
            order.argv,
            order.environment,
            folder,
            order.time_limit_s,
            order.before,
            self.settings.programs,
        )
        memory = order.pool.memory_mb_per_core
        self.programs.run_as(
            order.user, script, "sbatch", "--parsable", "--export=NIL", "--no-requeue",
            f"--job-name={order.name}", "--dependency=singleton",
            f"--account={account_of(order.handover)}", f"--reservation={order.handover}",
            f"--partition={order.pool.partition}", f"--nodes={shape.nodes}",
            f"--ntasks={shape.nodes}", "--ntasks-per-node=1",
            f"--cpus-per-task={shape.cores_per_node}",
            f"--gres={order.pool.gres}:{shape.devices_per_node}",
            # Minutes; `timeout` keeps the seconds, this one is the last word.
            f"--time={order.time_limit_s // 60 + 2}",
            f"--chdir={folder}", f"--output={self.output(order.user, order.name)}",
            *([f"--mem-per-cpu={memory}"] if memory else []),
        )  # fmt: skip

    def of(self, handover: str) -> list[Job]:
        """Return all jobs of the hand-over, oldest first, by controller and accounting.

        Accounting is asked first: what ends in between the controller still knows.
        """
        known = {job.number: job for job in self._accounted(handover)}
        for job in self._controlled(handover):
            told = known.get(job.number)
            recorded = job.ended and told is not None and told.ended
            known[job.number] = replace(told, restarts=job.restarts) if told and recorded else job
        return [known[number] for number in sorted(known)]

    def named(self, handover: str, name: str) -> list[Job]:
        """Return the jobs of that name, oldest first."""
        return [job for job in self.of(handover) if job.name == name]

    def active(self, handover: str) -> list[int]:
        """Return the numbers of the jobs that the controller has not ended."""
        rows = [line.split() for line in self._queued(handover, "jobid:12,state:20")]
        return [int(row[0]) for row in rows if len(row) == 2 and row[1] not in ENDED]

    def cancel(self, handover: str, numbers: Sequence[int]) -> None:
        """Cancel jobs of the hand-over; nothing happens to those that have ended.

        A buyer's job may have a name that looks like another one's line: the account is asked
        for too, so that a number in it leads nowhere else.
        """
        if numbers:
            own = f"--account={account_of(handover)}"
            self.programs.run("scancel", "--quiet", own, *map(str, numbers))

    def cancel_all(self, handover: str) -> None:
        """Cancel every job of the hand-over's account."""
        self.programs.run("scancel", "--quiet", f"--account={account_of(handover)}")

    def _queued(self, handover: str, columns: str) -> list[str]:
        return self.programs.run(
            "squeue", "--noheader", "--states=all", f"--account={account_of(handover)}",
            f"--Format={columns}",
        ).splitlines()  # fmt: skip

    def _controlled(self, handover: str) -> list[Job]:
        lines = self._queued(handover, "jobid:12,restartcnt:12,state:20,name:200")
        rows = [line.split(maxsplit=3) for line in lines]
        return [
            Job(int(row[0]), row[3].strip(), row[2], int(row[1]))
            for row in rows
            if len(row) == 4 and row[0].isdecimal() and row[1].isdecimal()
        ]

    def _accounted(self, handover: str) -> list[Job]:
        rows = self.programs.table(
            "sacct", "--parsable2", "--noheader", f"--accounts={account_of(handover)}",
            f"--clusters={self.settings.cluster}", "--allusers", "--starttime=1970-01-02T00:00:00",
            "--format=jobid,state,exitcode,totalcpu,jobname",
        )  # fmt: skip
        # Steps have a point in their number.
        return [_job(row) for row in rows if len(row) == 5 and row[0].isdecimal()]

    def output(self, user: str, name: str) -> str:
        """Return the file that a job's output goes to."""
        return f"{self.settings.folder_of(user)}/{name}.out"

    def read(self, user: str, name: str, offset: int, count: int) -> bytes:
        """Return bytes of a job's output; none when there is no such plain file.

        The folder is the job user's own: no link that it put there is followed, and no file of
        anybody else's is read.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            opened = os.open(self.output(user, name), flags)
        except OSError as failure:
            if failure.errno in NOT_PLAIN:
                return b""
            msg = f"{name}.out: {failure.strerror}"
            raise ConnectorFailed(msg) from failure
        try:
            about, owner = os.fstat(opened), os.stat(self.settings.folder_of(user)).st_uid
            is_its_own = stat.S_ISREG(about.st_mode) and about.st_uid == owner
            return os.pread(opened, count, max(0, offset)) if is_its_own else b""
        except OSError as failure:
            msg = f"{name}.out: {failure.strerror}"
            raise ConnectorFailed(msg) from failure
        finally:
            os.close(opened)


def status_of(job: Job, unrecorded: int) -> JobStatus:
    """Tell where a job stands; it runs until accounting has its exit code."""
    if job.restarts:
        return JobStatus(running=False, exit_code=None, reason=REASONS["NODE_FAIL"])
    if job.recorded and not job.ended and not unrecorded:
        # Accounting waits for an end that the controller will not tell any more.
        return JobStatus(running=False, exit_code=None, reason=FORGOTTEN)
    if not job.recorded or not job.ended:
        return JobStatus(running=True)
    reason = REASONS.get(job.state, "time limit" if job.exit_code in TIMED_OUT else "")
    return JobStatus(running=False, exit_code=job.exit_code, reason=reason, cpu_ms=job.cpu_ms)


def _job(row: Sequence[str]) -> Job:
    number, state, code, cpu, name = row
    exit_code, _, signal_number = code.partition(":")
    status = -int(signal_number) if signal_number not in {"", "0"} else int(exit_code or "0")
    # `CANCELLED by 61002`
    word = (state.split() or [""])[0]
    return Job(int(number), name, word, recorded=True, exit_code=status, cpu_ms=milliseconds(cpu))


def milliseconds(duration: str) -> int:
    """Return a processor time like `1-02:03:04` or `05:06.789`; 0 for anything else."""
    found = DURATION.fullmatch(duration)
    if found is None:
        return 0
    days, hours, minutes, seconds, thousandths = (int(part or "0") for part in found.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + thousandths
