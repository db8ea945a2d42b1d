"""Compile the pure machine's own sources into a copy of them, ahead of time, by mypyc."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config import compiled

# Language and events are msgspec's structures: as native classes they would lose their tags.
PLAIN = {"__init__", "awards", "commands", "events", "language"}
BESIDE_THE_BOOK = ("price", "units")
SETTINGS = "[mypy]\nstrict = True\nexplicit_package_bases = True\nlocal_partial_types = True\n"
# Run in the copy, by a Python of its own: mypyc works on the folder that it stands in.
BUILD = """
import json, sys
from setuptools import setup
from mypyc.build import mypycify
parts = mypycify(["--config-file", "mypy.ini", *sys.argv.pop().split()], opt_level="3",
                 debug_level="0", group_name="gridhour_exchange")
setup(name="exchange", packages=[], ext_modules=parts, script_args=["-q", "build_ext", "-i"])
"""


class CannotCompile(Exception):
    """There is no compiler here, or it refused: what it said."""


def compile_copy(base: Path = compiled.BASE) -> bool:
    """Make the copy that fits the sources, and drop older ones; tell whether one was missing.

    Refuses with CannotCompile; then everything runs as plain source, as before.
    """
    if not compiled.why_not(base):
        return False
    compiled.home(base).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=compiled.home(base), prefix="making-") as made:
        place = Path(made) / "copy"
        shutil.copytree(
            base / compiled.ROOM,
            place / compiled.ROOM,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        _build(place)
        (place / compiled.MANIFEST).write_text(json.dumps(compiled.origin(base)))
        final = compiled.folder(base)
        _drop_copies(base)
        place.rename(final)
    return True


def _build(place: Path) -> None:
    (place / "mypy.ini").write_text(SETTINGS)
    book = sorted((place / compiled.ROOM / "book").glob("*.py"))
    modules = [file for file in book if file.stem not in PLAIN]
    modules += [place / compiled.ROOM / f"{name}.py" for name in BESIDE_THE_BOOK]
    names = " ".join(str(file.relative_to(place)) for file in modules)
    done = subprocess.run(  # noqa: S603 - this Python, on our own sources
        [sys.executable, "-c", BUILD, names],
        cwd=place,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotCompile((done.stderr or done.stdout).strip())
    shutil.rmtree(place / "build")


def _drop_copies(base: Path) -> None:
    for manifest in compiled.home(base).glob(f"*/{compiled.MANIFEST}"):
        shutil.rmtree(manifest.parent)
