"""The script that Slurm runs for a job. Nothing in it is the buyer's but quoted words."""

import re
import shlex
from collections.abc import Mapping, Sequence

from gridhour_agent.connector import ConnectorFailed

GRACE_S = 2
# Slurm takes scripts of at most four megabytes.
MOST_BYTES = 1024 * 1024
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
# What Slurm tells the job: which of the node's devices are its own among it.
SLURMS_OWN = re.compile(r"S(LURM|BATCH|RUN).*|.*_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|ZE_.*")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def script_of(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    limit_s: int,
    before: str = "",
    programs: str = "",
) -> str:
    """Return the script: the environment as given, then the command in place of the script.

    ConnectorFailed for words that no program can be given, or too many of them.
    """
    path = f"{programs}:{SYSTEM_PATH}" if programs else SYSTEM_PATH
    names = {"PATH": path, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
    for name in environment:
        if not NAME.fullmatch(name) or SLURMS_OWN.fullmatch(name):
            msg = f"no job is given a variable {name[:40]}"
            raise ConnectorFailed(msg)
    exports = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    own = [f"export {name}={shlex.quote(value)}" for name, value in names.items()]
    # Options of Slurm's in comments count up to the first command: this is the first.
    head = ["#!/bin/sh", "unset SLURM_EXPORT_ENV SLURM_TIME_FORMAT", *own, *exports]
    last = f"exec timeout --kill-after={GRACE_S} {limit_s} {shlex.join(argv)}"
    script = "\n".join([*head, *([before] if before else []), last, ""])
    try:
        size = len(script.encode())
    except UnicodeEncodeError:
        size = MOST_BYTES + 1
    if "\0" in script or size > MOST_BYTES:
        msg = f"a job's words are text of at most {MOST_BYTES} bytes, none of them zero"
        raise ConnectorFailed(msg)
    return script
