"""The compiled copy of the pure machine: taken only where it fits the sources exactly.

`make compile` builds it beside the checkout's data; nothing needs it. It is named after what it
was made of, so that a copy of other sources, or for another Python, is never found.
"""

import hashlib
import importlib
import json
import sys
import sysconfig
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
ROOM = "exchange"
MANIFEST = "manifest.json"
# The commands that match: they take the compiled copy.
TAKEN_BY = {"run_engine", "replay", "verify_day"}


def home(base: Path = BASE) -> Path:
    """Return where compiled copies are."""
    return base / "var" / "compiled"


def origin(base: Path = BASE) -> dict[str, str]:
    """Return what a copy must be made of: the sources, how they are compiled, this Python."""
    sources = hashlib.sha256()
    recipe = base / "config" / "compiling.py"
    for file in (recipe, *sorted((base / ROOM).rglob("*.py"))):
        text = file.read_bytes()
        sources.update(f"{file.relative_to(base)} {len(text)}\n".encode() + text)
    return {
        "sources": sources.hexdigest(),
        "python": sys.version,
        "abi": str(sysconfig.get_config_var("EXT_SUFFIX")),
    }


def folder(base: Path = BASE) -> Path:
    """Return where the copy is that fits the sources, if it has been made."""
    named = hashlib.sha256(json.dumps(origin(base)).encode()).hexdigest()
    return home(base) / named[:16]


def why_not(base: Path = BASE) -> str:
    """Return why there is no copy to take; empty when there is one."""
    manifest = folder(base) / MANIFEST
    try:
        told = json.loads(manifest.read_text())
    except (OSError, ValueError):
        others = any(home(base).glob(f"*/{MANIFEST}"))
        return "the compiled copy is of other sources" if others else "nothing is compiled"
    return "" if told == origin(base) else "the compiled copy does not say what it is made of"


class Choice:
    """Which of the two this process runs; None until it has been decided."""

    told: str | None = None


def prefer(base: Path = BASE) -> str:
    """Let imports find the compiled copy first where it fits; say what this process will run.

    To be called before anything of the room is imported.
    """
    reason = "it was imported already" if ROOM in sys.modules else why_not(base)
    if reason:
        Choice.told = f"plain source: {reason} (make compile)"
    else:
        sys.path.insert(0, str(folder(base)))
        # At once: all that is in the room is found where the room is, whoever changes the path.
        importlib.import_module(ROOM)
        Choice.told = f"compiled copy {folder(base).name}"
    return Choice.told
