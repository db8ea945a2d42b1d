"""Bring the one-machine cluster up and take it down with everything that it made."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from tests.slurm.lab.layout import Layout, free_ports

PREFIX = "gridhour-slurm-"
NEEDED = (
    "slurmctld", "slurmd", "slurmdbd", "slurmrestd", "scontrol", "sacctmgr", "munged",
    "mariadbd", "mariadb-install-db", "unshare", "setpriv",
)  # fmt: skip
PLUGINS = ("auth_jwt.so", "accounting_storage_mysql.so")


def why_not() -> str:
    """Return why no cluster can be brought up here; nothing when one can."""
    if os.geteuid() != 0:
        return "a Slurm cluster needs root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    missing += [name for name in PLUGINS if not list(Path("/usr/lib").glob(f"*/slurm*/{name}"))]
    return f"Slurm's packages are not here: {', '.join(missing)}" if missing else ""


class SlurmCluster:
    """Munge, MariaDB, slurmdbd, slurmctld, two slurmd and slurmrestd in a throw-away folder."""

    def __init__(self) -> None:
        _remove_left_folders()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        folder.chmod(0o755)
        (folder / "owner").write_text(str(os.getpid()))
        self.at = Layout(str(folder), free_ports())
        self.at.write()
        program = Path(__file__).with_name("inside.py")
        spaces = ["--pid", "--fork", "--kill-child=SIGKILL", "--mount", "--mount-proc"]
        python = [sys.executable, "-S", "-B", str(program)]
        try:
            self._first = subprocess.Popen(
                ["unshare", *spaces, "--", *python, str(folder), sys.prefix, sys.base_prefix],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                cwd="/",
            )
            self._answer()
        except BaseException:
            self.down()
            raise

    def tell(self, *words: str) -> None:
        """Stop, kill or start one of the servers: `tell("kill", "n2")`."""
        assert self._first.stdin is not None
        self._first.stdin.write(f"{' '.join(words)}\n")
        self._first.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        assert self._first.stdout is not None
        line = self._first.stdout.readline().strip()
        if line != "ok":
            msg = f"the cluster says: {line or 'nothing'}"
            raise RuntimeError(msg)

    def down(self) -> None:
        """End every process and remove the folder."""
        if hasattr(self, "_first"):
            self._first.kill()
            self._first.wait(20)
            for pipe in (self._first.stdin, self._first.stdout):
                if pipe is not None:
                    pipe.close()
        shutil.rmtree(self.at.folder, ignore_errors=True)

    def __enter__(self) -> "SlurmCluster":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.down()


def _remove_left_folders() -> None:
    """Remove what a run left that was killed before it could; its servers died with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder / "owner"
        if owner.exists() and not Path(f"/proc/{owner.read_text()}").exists():
            shutil.rmtree(folder, ignore_errors=True)
