"""The script that Slurm runs for a job: it warns it, keeps its outputs, and ends with its code.

Runs as the job user, in the job user's own folder; nothing here is trusted afterwards.
"""

import base64
import io
import shlex
from collections.abc import Mapping

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.process.keeping import MAX_FILES, archive_of

# Slurm takes scripts of at most four megabytes: base64 needs four bytes for three.
MAX_BEGIN_BYTES = 2 * 1024 * 1024
# What a script ends with when its job was warned: the job saved its state and left.
LEFT_WHEN_WARNED = 75
GRACE_S = 2

_KEEPING = """\
export GRIDHOUR_OUTPUTS="$HOME/{name}.outputs"
rm -rf "$GRIDHOUR_OUTPUTS"; mkdir -m 700 "$GRIDHOUR_OUTPUTS" || exit 1
{begin}
told= warned=
warn() {{
  told=1
  [ -n "$warned" ] && return
  warned=1
  kill -USR1 "$(cat "$HOME/{name}.pid")" 2>/dev/null
  ( sleep "${{GRIDHOUR_SAVES_IN_S:-1}}"; kill -TERM "$job"; sleep {grace}; kill -KILL "$job" ) \\
    >/dev/null 2>&1 &
  killer=$!
}}
trap warn USR1
trap 'told=1; kill -TERM "$job"' TERM
timeout --kill-after={grace} {limit} bash -c 'echo $$ > "$0"; exec "$@"' "$HOME/{name}.pid" {argv} &
job=$!
while :; do told=; wait "$job"; code=$?; [ -n "$told" ] || break; done
[ -n "$warned" ] && kill "$killer" 2>/dev/null
cd "$GRIDHOUR_OUTPUTS" && find . -type f -printf '%P\\0' | LC_ALL=C sort -z > ../{name}.list
[ "$(tr -dc '\\0' < ../{name}.list | wc -c)" -gt {files} ] \\
  && echo "gridhour: of the outputs {files} files are kept"
[ "$(du -sb --apparent-size . | cut -f1)" -gt {most_bytes} ] \\
  && echo "gridhour: outputs over {most_bytes} bytes are not kept"
head -z -n {files} ../{name}.list | tar --null --no-recursion -T - -cf ../{name}.tar
[ -n "$warned" ] && exit {left}
exit $code
"""


def script_of(
    name: str,
    argv: tuple[str, ...],
    limit_s: int,
    *,
    before: str = "",
    begins_with: bytes = b"",
    most_bytes: int = 0,
) -> str:
    """Return the script of a job; with `most_bytes` it keeps outputs, else it only runs.

    `name` is a safe name. Warned by SIGUSR1 at the script alone, the job gets SIGUSR1 and is
    ended after GRIDHOUR_SAVES_IN_S seconds.
    """
    head = f"#!/bin/bash\n{before}\n"
    words = shlex.join(argv)
    if not most_bytes:
        return f"{head}exec timeout --kill-after={GRACE_S} {limit_s} {words}\n"
    return head + _KEEPING.format(
        name=name,
        argv=words,
        limit=limit_s,
        grace=GRACE_S,
        begin=_begin(begins_with),
        files=MAX_FILES,
        most_bytes=most_bytes,
        left=LEFT_WHEN_WARNED,
    )


def _begin(packed: bytes) -> str:
    if not packed:
        return ""
    text = base64.encodebytes(packed).decode()
    return f"base64 -d <<'EOF' | tar -xzf - -C \"$GRIDHOUR_OUTPUTS\"\n{text}EOF"


def packed_files(files: Mapping[str, bytes]) -> bytes:
    """Return files as one packed archive; ConnectorFailed where a script cannot carry it."""
    target = io.BytesIO()
    archive_of(files, target, packed=True)
    packed = target.getvalue()
    if len(packed) > MAX_BEGIN_BYTES:
        msg = f"the saved files take {len(packed)} bytes packed; at most {MAX_BEGIN_BYTES} travel"
        raise ConnectorFailed(msg)
    return packed
