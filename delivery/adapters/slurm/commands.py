"""Slurm's own programs, for what its REST door cannot do in 22.05.

Needed for: reservations (`scontrol create`, `delete`), accounts with a limit (`sacctmgr`),
the records of reservations and nodes (`sacctmgr show`), exit codes that the controller has
forgotten (`sacct`), reading a job's output and writing its data (`dd`, `sha256sum`).
"""

import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.tokens import Tokens

LIMIT_S = 20
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CommandRefused(ConnectorFailed):
    """A program at the site ended badly; the message is its own."""


@dataclass(frozen=True)
class Commands:
    """Runs programs at the site as the operator: here with a token, or there by `commands`."""

    options: SlurmOptions
    tokens: Tokens

    def run(self, *argv: str) -> str:
        """Return what the program printed; CommandRefused with its words when it ends badly."""
        return self.run_bytes(*argv).decode(errors="replace")

    def run_bytes(self, *argv: str, given: bytes = b"") -> bytes:
        """Return the bytes that the program printed; `given` is what it reads."""
        program = self._program(argv)
        try:
            done = subprocess.run(  # noqa: S603  no shell; names are checked before
                program,
                capture_output=True,
                input=given,
                env=self._environment(),
                check=False,
                timeout=LIMIT_S,
            )
        except (OSError, subprocess.SubprocessError) as failure:
            msg = f"{argv[0]}: {type(failure).__name__}"
            raise ConnectorFailed(msg) from failure
        if done.returncode:
            said = (done.stderr + b" " + done.stdout).decode(errors="replace")
            msg = f"{argv[0]}: {' '.join(said.split())[:160]}"
            raise CommandRefused(msg)
        return done.stdout

    def table(self, *argv: str) -> list[list[str]]:
        """Return the rows that a Slurm program prints with -nP."""
        return [line.split("|") for line in self.run(*argv).splitlines() if line]

    def _program(self, argv: Sequence[str]) -> list[str]:
        # Times as seconds since 1970, whatever zone the site keeps.
        whole = ["env", "TZ=UTC", "SLURM_TIME_FORMAT=%s", *argv]
        if not self.options.commands:
            return whole
        # ssh joins its arguments for a shell: quote each.
        return [*self.options.commands, *(shlex.quote(part) for part in whole)]

    def _environment(self) -> dict[str, str]:
        environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
        if not self.options.commands:
            environment["SLURM_JWT"] = self.tokens.of(self.options.operator)
            if self.options.slurm_conf:
                environment["SLURM_CONF"] = self.options.slurm_conf
        return environment
