"""Jobs by REST, found again by name: handing one in twice runs it once."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from counter.failpoints import failpoint
from delivery.adapters.slurm.commands import CommandRefused, Commands
from delivery.adapters.slurm.meter import Usage
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.rest import SLURM, SLURMDB, Body, Rest
from delivery.adapters.slurm.script import LEFT_WHEN_WARNED, script_of
from delivery.adapters.slurm.shapes import Shape
from delivery.domain.handover import JobStatus
from delivery.domain.naming import lower_case_name

KEPT_S = 0.5
# `timeout` ends with the first, or with the second when it had to kill.
TIMED_OUT = (124, 137)
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
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


@dataclass(frozen=True)
class Order:
    """One job as Slurm takes it."""

    external: str
    name: str
    user: str
    argv: Sequence[str]
    shape: Shape
    time_limit_s: int
    environment: dict[str, str] = field(default_factory=dict)
    # Shell commands before the job's own.
    before: str = ""
    # A packed archive that the folder of outputs begins with, and what of it is kept at the end.
    begins_with: bytes = b""
    most_output_bytes: int = 0


@dataclass
class Jobs:
    """Hands jobs in, finds and cancels them; asks the controller at most twice a second."""

    options: SlurmOptions
    rest: Rest
    commands: Commands
    _seen: tuple[float, list[Body]] | None = None

    def submit(self, order: Order) -> int:
        """Hand the job in; return its number. Two of a name never run at the same time."""
        number = self.rest.submit(order.user, _body(order, self.options))
        self._seen = None
        failpoint("slurm.submitted")
        return number

    def of_account(self, external: str) -> list[Body]:
        """Return what the controller knows of the hand-over's jobs, oldest first."""
        if self._seen is None or time.monotonic() - self._seen[0] > KEPT_S:
            self._seen = (time.monotonic(), self.rest.rows("jobs", f"{SLURM}/jobs"))
        account = lower_case_name(external)
        mine = [row for row in self._seen[1] if row["account"] == account]
        return sorted(mine, key=lambda row: int(row["job_id"]))

    def active(self, external: str) -> list[int]:
        """Return the numbers of the hand-over's jobs that have not ended."""
        return [int(row["job_id"]) for row in self.of_account(external) if not has_ended(row)]

    def named(self, external: str, name: str) -> list[Body]:
        """Return the controller's jobs of that name, oldest first; the doubled are cancelled.

        Two workers may have looked and handed in at once: the first is the job. So is one that
        Slurm would begin again after its node failed, whatever was asked of it.
        """
        rows = [row for row in self.of_account(external) if row["name"] == name]
        waiting = [row for row in rows if not has_ended(row)]
        for row in waiting[1:] + [row for row in waiting[:1] if _began_again(row)]:
            self.cancel(int(row["job_id"]))
        return rows

    def cancel(self, job_id: int) -> None:
        """Cancel the job; nothing happens when it has ended."""
        self.rest.cancel(job_id)
        self._seen = None

    def warn(self, job_id: int) -> None:
        """Send SIGUSR1 to the job's script alone; nothing happens when it has ended."""
        with suppress(CommandRefused):
            self.commands.run("scancel", "--batch", "--signal=USR1", str(job_id))

    def status(self, external: str, name: str) -> JobStatus:
        """Tell where the job stands: by the controller, or by accounting when that forgot it."""
        rows = self.named(external, name)
        return self.status_of(rows[0]) if rows else self._remembered(external, name)

    def status_of(self, row: Body) -> JobStatus:
        """Tell where a job of the controller's stands, with its processor time once it ended."""
        if not has_ended(row):
            return JobStatus(known=True, running=True)
        rows = self.rest.rows("jobs", f"{SLURMDB}/job/{row['job_id']}")
        exit_code = os.waitstatus_to_exitcode(int(row["exit_code"]))
        state = "NODE_FAIL" if _began_again(row) else str(row["job_state"])
        return _ended(state, exit_code, _used_ms(rows[0]) if rows else None)

    def _remembered(self, external: str, name: str) -> JobStatus:
        """Ask accounting; exit codes are wrong in its REST answer, and right in `sacct`."""
        rows = self._accounted(external, job_name=name)
        if not rows:
            return JobStatus(known=False)
        row = min(rows, key=lambda job: int(job["job_id"]))
        told = self.commands.table(
            "sacct", "-nP", "-X", "-j", str(row["job_id"]), "-o", "state,exitcode"
        )
        state, code = told[0] if told else (str(row["state"]["current"]), "1:0")
        word = state.split()[0]
        exit_code, _, signal_number = code.partition(":")
        number = -int(signal_number) if signal_number not in {"", "0"} else int(exit_code)
        return _ended(word, number, _used_ms(row))

    def _accounted(self, external: str, **query: str) -> list[Body]:
        account = lower_case_name(external)
        query |= {"account": account, "cluster": self.options.cluster}
        return self.rest.rows("jobs", f"{SLURMDB}/jobs", **query)

    def usage(self, externals: Sequence[str]) -> list[Usage]:
        """Return what the ended jobs of the hand-overs used, by accounting."""
        rows = [row for external in externals for row in self._accounted(external)]
        return [Usage(int(row["time"]["end"]), _used_ms(row)) for row in rows if row["time"]["end"]]

    def read(self, path: str, offset: int, count: int) -> bytes:
        """Return bytes of a job's output; none when there is no such plain file.

        The folder is the job user's own: a link that it put there is not followed.
        """
        flags = "iflag=nofollow,nonblock,skip_bytes,count_bytes"
        where = (f"if={path}", f"skip={offset}", f"count={count}")
        try:
            return self.commands.run_bytes("dd", *where, flags, "status=none", "bs=64K")
        except CommandRefused:
            return b""


def _body(order: Order, options: SlurmOptions) -> Body:
    folder = options.folder_of(order.user)
    shape = order.shape
    job: dict[str, Any] = {
        "name": order.name,
        "account": lower_case_name(order.external),
        "partition": options.partition,
        "reservation": order.external,
        "dependency": "singleton",
        "requeue": False,
        "nodes": shape.nodes,
        "tasks": shape.nodes,
        "cpus_per_task": shape.cores_per_node,
        "gres": f"{options.gres}:{shape.devices_per_node}",
        # Minutes; the script keeps the seconds, this one is the last word.
        "time_limit": order.time_limit_s // 60 + 2,
        "current_working_directory": folder,
        "standard_output": output_path(options, order.user, order.name),
        "environment": {"PATH": SYSTEM_PATH, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8",
                        **order.environment},
    }  # fmt: skip
    if options.memory_mb_per_core:
        job["memory_per_cpu"] = options.memory_mb_per_core
    script = script_of(
        order.name,
        tuple(order.argv),
        order.time_limit_s,
        before=order.before,
        begins_with=order.begins_with,
        most_bytes=order.most_output_bytes,
    )
    return {"script": script, "job": job}


def output_path(options: SlurmOptions, user: str, name: str) -> str:
    """Return the file that a job's output goes to."""
    return f"{options.folder_of(user)}/{name}.out"


def archive_path(options: SlurmOptions, user: str, name: str) -> str:
    """Return the archive that a job's outputs are packed into when it ends."""
    return f"{options.folder_of(user)}/{name}.tar"


def has_ended(row: Body) -> bool:
    """Tell whether the controller's job is over, its processes gone."""
    return row["job_state"] in ENDED


def _began_again(row: Body) -> bool:
    """Tell whether Slurm put the job back into its queue when a node failed under it."""
    return int(row["restart_cnt"]) > 0


def _ended(state: str, exit_code: int, cpu_ms: int | None) -> JobStatus:
    reason = REASONS.get(state, "time limit" if exit_code in TIMED_OUT else "")
    if not reason and exit_code == LEFT_WHEN_WARNED:
        reason = "preempted"
    return JobStatus(known=True, exit_code=exit_code, reason=reason, cpu_ms=cpu_ms)


def _used_ms(row: Body) -> int:
    """Return the processor time of a job's steps, in whole milliseconds."""
    totals = [step["time"]["total"] for step in row.get("steps", ())]
    return sum(int(t["seconds"]) * 1_000 + int(t["microseconds"]) // 1_000 for t in totals)
