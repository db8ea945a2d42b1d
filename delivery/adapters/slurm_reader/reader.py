"""Ask sinfo, squeue and sacct, or read what they wrote; as text or as JSON."""

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from delivery.adapters.scheduler import SchedulerPlace, SchedulerSilent
from delivery.adapters.slurm_reader import as_json, as_text
from delivery.domain.cluster import ClusterView

TIMEOUT_S = 120
MOST_BYTES = 256 * 1024 * 1024
# Times in UTC, whole dates: what the cluster's own settings say does not matter.
SAID_IN_UTC = {"TZ": "UTC", "SLURM_TIME_FORMAT": "standard", "LC_ALL": "C"}


class SlurmReader:
    """Reads by commands (`command` is put before each, such as ssh) or from a `folder`."""

    def read(self, place: SchedulerPlace, *, since: datetime, now: datetime) -> ClusterView:
        """Return the cluster; raises SchedulerSilent with what the tool said."""
        texts = {
            name: self._text(place, name, words)
            for name, words in as_text.commands(since, now).items()
        }
        try:
            return _view(texts, since, now)
        except (ValueError, KeyError, TypeError, IndexError) as problem:
            msg = f"what Slurm said cannot be read: {type(problem).__name__}: {problem}"
            raise SchedulerSilent(msg) from problem

    def _text(self, place: SchedulerPlace, name: str, words: Sequence[str]) -> str:
        folder = place.options.get("folder")
        if folder:
            return _from_file(Path(str(folder)), name)
        prefix = [str(word) for word in place.options.get("command", [])]
        return _from_command([*_with_times(prefix), *words], name)


def _with_times(prefix: list[str]) -> list[str]:
    """Let a command that runs elsewhere say its times in UTC too: `ssh` passes no environment."""
    settings = [f"{key}={value}" for key, value in SAID_IN_UTC.items()]
    return [*prefix, "env", *settings] if prefix else []


def _from_command(command: list[str], name: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  the operator named the command
            command,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, **SAID_IN_UTC},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        msg = f"{name}: {problem}"
        raise SchedulerSilent(msg) from problem
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[:200]
        msg = f"{name} ended with {done.returncode}: {said}"
        raise SchedulerSilent(msg)
    return _bounded(done.stdout, name)


def _from_file(folder: Path, name: str) -> str:
    for suffix in (".json", ".txt"):
        file = folder / f"{name}{suffix}"
        if file.exists():
            return _bounded(file.read_bytes(), name)
    msg = f"{name}: neither {name}.json nor {name}.txt is in the folder"
    raise SchedulerSilent(msg)


def _bounded(data: bytes, name: str) -> str:
    if len(data) > MOST_BYTES:
        msg = f"{name} said more than {MOST_BYTES} bytes"
        raise SchedulerSilent(msg)
    return data.decode(errors="replace")


def _view(texts: dict[str, str], since: datetime, now: datetime) -> ClusterView:
    """Put the three answers together; each may be JSON or text."""
    read_at = now.astimezone(UTC)

    said = {name: as_json if is_json(text) else as_text for name, text in texts.items()}
    nodes = said["sinfo"].nodes_in(texts["sinfo"])
    running, queued = said["squeue"].queue_in(texts["squeue"], read_at)
    past = said["sacct"].history_in(texts["sacct"], read_at)
    return ClusterView(
        read_at=read_at,
        history_from=since,
        nodes=tuple(nodes),
        running=tuple(running),
        queued=tuple(queued),
        history=tuple(past),
    )


def is_json(text: str) -> bool:
    """Tell whether a tool answered in JSON."""
    return text.lstrip().startswith("{")
