"""What really stands at the sites: processes, cells, groups, accounts, reservations, jobs."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.process import groups
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.models import AgentHandover
from tests.services.checkout import parent_of

OURS, AGENTS = "delivery.adapters.process.holder", "gridhour_agent.connectors.holder"


@dataclass
class Sites:
    """The three kinds of sites of one run."""

    var: Path
    agent: Path
    slurm: SlurmConnector | None

    def holders(self) -> list[str]:
        """Return the hand-over of every holder process that runs; a doubled one twice."""
        found: dict[int, str] = {}
        for pid, words in _processes():
            # Who starts a holder has the same words, and leads no session of its own.
            if OURS in words and str(self.var) in words[-2] and _leads(pid):
                found[pid] = _name(Path(words[-2]))
            elif AGENTS in words and str(self.agent) in words[-1] and _leads(pid):
                found[pid] = _name(Path(json.loads(words[-1])[0]))
        # A job that its holder is about to start has the holder's words for a moment.
        return sorted(name for pid, name in found.items() if parent_of(pid) not in found)

    def at_slurm(self) -> list[str]:
        """Return the hand-overs that have an account or a reservation at the cluster."""
        if self.slurm is None:
            return []
        reserved = self.slurm.cluster.look_now().reservations
        return sorted({*self.slurm.inventory(), *reserved})

    def live(self) -> list[str]:
        """Return every hand-over that stands anywhere."""
        return self.holders() + self.at_slurm()

    def left(self) -> list[str]:
        """Return what else of ours there is: cells, groups, places, jobs at the cluster."""
        found = [f"process {pid} {' '.join(words)[:80]}" for pid, words in self._cells()]
        for folder in self.var.glob("process/*/g*"):
            found += [f"group {group}" for group in _groups(groups.prefix_of(folder))]
            if (folder / "holder.json").exists():
                found.append(f"holder file {folder}")
        found += [f"place {path}" for path in self.agent.glob("process/*/g*/holder.json")]
        reported = AgentHandover.objects.filter(gone_at=None)
        found += [f"reported {row.external_name}" for row in reported]
        if self.slurm is not None:
            accounts = {name.lower() for name in self.slurm.inventory()}
            found += [f"account {name}" for name in sorted(accounts)]
            rows = self.slurm.rest.rows("jobs", "/slurm/v0.0.38/jobs")
            states = {"PENDING", "RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING"}
            found += [f"job {row['name']}" for row in rows if row["job_state"] in states]
        return found

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield processes of jobs: they name our folder, or work in the agent's."""
        for pid, words in _processes():
            in_cell = any(f"{self.var}/process/" in word for word in words) and OURS not in words
            if in_cell or _works_in(pid, self.agent / "process"):
                yield pid, words

    def ran(self, external: str, job: str) -> int:
        """Return how often a job ran to its end by the cluster's accounting."""
        if self.slurm is None:
            return 0
        rows = self.slurm.jobs._accounted(external, job_name=f"{external}.{job}")
        return sum(str(row["state"]["current"]) == "COMPLETED" for row in rows)

    def looked(self) -> tuple[list[str], list[str]] | None:
        """Return what lives and what else there is; None while the cluster does not answer."""
        with suppress(ConnectorFailed):
            return self.live(), self.left()
        return None


def _name(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


def _processes() -> Iterator[tuple[int, list[str]]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
            if len(words) > 1 and int(path.parent.name) != os.getpid():
                yield int(path.parent.name), words


def _leads(pid: int) -> bool:
    with suppress(OSError):
        return os.getsid(pid) == pid
    return False


def _works_in(pid: int, folder: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    return False


def _groups(prefix: str) -> list[Path]:
    depths = ("", "*/", "*/*/", "*/*/*/")
    return [path for depth in depths for path in groups.ROOT.glob(f"{depth}{prefix}*")]
