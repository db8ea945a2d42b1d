"""Run Slurm's own programs: no shell, a limit of time on each call, and one of output."""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from gridhour_agent.connector import ConnectorFailed
from gridhour_agent.connectors.slurm_settings import Settings

LIMIT_S = 20.0
MOST_BYTES = 16 * 1024 * 1024
READ_BYTES = 64 * 1024


class ProgramRefused(ConnectorFailed):
    """A program ended badly; the message is its own."""


@dataclass(frozen=True)
class Programs:
    """Slurm's programs as the settings find them."""

    settings: Settings
    limit_s: float = LIMIT_S
    most_bytes: int = MOST_BYTES

    def run(self, *argv: str) -> str:
        """Return what the program printed; ProgramRefused with its words when it ends badly."""
        return self._run(argv[0], self._program(argv))

    def run_as(self, user: str, script: str, *argv: str) -> str:
        """Let a job user's `sbatch` read a script, and return what it printed."""
        words = [word.replace("{user}", user) for word in self.settings.as_user]
        return self._run(argv[0], [*words, *self._program(argv)], script)

    def table(self, *argv: str) -> list[list[str]]:
        """Return the rows that a program prints with `--parsable2 --noheader`."""
        return [line.split("|") for line in self.run(*argv).splitlines() if line]

    def _program(self, argv: Sequence[str]) -> list[str]:
        # Times as seconds since 1970, whatever zone the cluster keeps. `env` survives `sudo`.
        facts = [f"PATH={self.settings.path}", "LANG=C.UTF-8", "TZ=UTC", "SLURM_TIME_FORMAT=%s"]
        if self.settings.slurm_conf:
            facts.append(f"SLURM_CONF={self.settings.slurm_conf}")
        return ["env", "-i", *facts, *argv]

    def _run(self, name: str, argv: Sequence[str], given: str = "") -> str:
        with tempfile.TemporaryFile() as script:
            script.write(given.encode())
            script.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603  words of ours; names are checked before
                    argv,
                    stdin=script,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env={"PATH": self.settings.path},
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as failure:
                msg = f"{name}: {failure}"
                raise ConnectorFailed(msg) from failure
        try:
            told, complaint = self._collected(name, process)
        finally:
            _end(process)
        if process.returncode:
            msg = f"{name}: {' '.join(f'{complaint} {told}'.split())[:160]}"
            raise ProgramRefused(msg)
        return told

    def _collected(self, name: str, process: "subprocess.Popen[bytes]") -> tuple[str, str]:
        """Read both streams until the program ends; ConnectorFailed over time or size."""
        pieces: dict[int, bytearray] = {}
        deadline = time.monotonic() + self.limit_s
        with selectors.DefaultSelector() as waiting:
            streams = [stream for stream in (process.stdout, process.stderr) if stream]
            for stream in streams:
                pieces[stream.fileno()] = bytearray()
                waiting.register(stream, selectors.EVENT_READ)
            while waiting.get_map():
                left_s = deadline - time.monotonic()
                ready = waiting.select(left_s) if left_s > 0 else []
                if not ready:
                    msg = f"{name} did not answer within {self.limit_s:g} s"
                    raise ConnectorFailed(msg)
                for key, _ in ready:
                    piece = os.read(key.fd, READ_BYTES)
                    pieces[key.fd] += piece
                    if not piece:
                        waiting.unregister(key.fileobj)
                if sum(map(len, pieces.values())) > self.most_bytes:
                    msg = f"{name} printed more than {self.most_bytes} bytes"
                    raise ConnectorFailed(msg)
            _wait(name, process, max(0.1, deadline - time.monotonic()))
            told, complaint = (_text(pieces, stream) for stream in streams)
        return told, complaint


def _text(pieces: dict[int, bytearray], stream: IO[bytes]) -> str:
    return pieces[stream.fileno()].decode(errors="replace")


def _wait(name: str, process: "subprocess.Popen[bytes]", left_s: float) -> None:
    try:
        process.wait(left_s)
    except subprocess.TimeoutExpired as failure:
        msg = f"{name} closed its output and did not end"
        raise ConnectorFailed(msg) from failure


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close its streams; kill the program and what it started, unless all of it has ended."""
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    if process.returncode is None:
        # Behind `sudo` it may be nobody that we can kill: then it is left, and not waited for.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
