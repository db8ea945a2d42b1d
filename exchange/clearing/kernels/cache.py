"""Where compiled loops are kept: beside the sources, or in a copy where nothing can be written."""

import os
import shutil
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
# The compiler looks at each file alone: a loop that calls a changed one in another file would
# be taken from the cache as it was. So the cache stands under the hash of all of them.
NAME = sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()[:16]


def folder(told: str = "") -> Path | None:
    """Return a folder for compiled loops that takes files; None where there is none anywhere.

    It is in the folder that is `told`, or beside the sources. Where that takes no files, as in an
    image, what has been compiled there is copied to the user's own folder below the temporary one.
    """
    home = Path(told or HERE / "__pycache__") / NAME
    if _takes_files(home):
        return home
    try:
        return own_copy(home, Path(tempfile.gettempdir()))
    except OSError:
        return None


def own_copy(home: Path, below: Path) -> Path:
    """Return a copy of a folder that only this user can write to, made once; OSError if it fails.

    What is read from it is run. So what somebody else has put there is not used.
    """
    place = below / f"gridhour-loops-{os.getuid()}-{NAME}"
    if not place.exists():
        made = Path(tempfile.mkdtemp(prefix="gridhour-loops-", dir=below))
        if home.is_dir():
            shutil.copytree(home, made, dirs_exist_ok=True)
        made.chmod(0o700)
        try:
            made.rename(place)
        except OSError:  # another process was quicker
            shutil.rmtree(made)
    return place if _is_own(place) else Path(tempfile.mkdtemp(prefix="gridhour-loops-", dir=below))


def _is_own(place: Path) -> bool:
    told = place.lstat()
    mine = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid()
    return mine and not told.st_mode & 0o077


def _takes_files(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    except OSError:
        return False
    return True


def kept_in(place: Path | None) -> int:
    """Return how many compiled loops are kept in a folder."""
    return 0 if place is None else sum(1 for _ in place.rglob("*.nbc"))


def drop_older(place: Path) -> None:
    """Remove what was compiled of other sources, beside a folder that is in use."""
    for other in place.parent.iterdir():
        if other.is_dir() and other != place and len(other.name) == len(NAME):
            shutil.rmtree(other, ignore_errors=True)
