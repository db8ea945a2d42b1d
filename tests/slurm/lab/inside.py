"""The cluster's first process, in process and mount namespaces of its own; standard library only.

Everything it starts dies with it, and it dies when its standard input closes: a test run that
is killed leaves no server. The accounts that Slurm needs exist in this namespace only.
Commands come as lines (`stop NAME`, `kill NAME`, `start NAME`); each is answered by `ok` or
`failed: ...`.
"""

import grp
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

# The folder of this program alone is on its path.
import layout
from ground import Failed, prepare, run
from layout import Layout
from shell import prepare_shell

WAIT_S = 30


class Cluster:
    """The servers of one cluster, started in order and reaped."""

    def __init__(self, at: Layout) -> None:
        self.at = at
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    # --- servers ----------------------------------------------------------------------------

    def up(self) -> None:
        self.start("munged")
        self._database()
        self.start("slurmdbd")
        self._members()
        for name in ("slurmctld", *layout.NODES, "slurmrestd"):
            self.start(name)
        self.until(lambda: self._idle() == len(layout.NODES), "nodes are not idle")

    def _database(self) -> None:
        data = self.at.root / "db" / "data"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--user={layout.DATABASE_USER}",
            f"--datadir={data}",
        ]
        run(
            *install,
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
            self._own_temporary(),
        )
        self.start("mariadb")
        socket_file = f"--socket={self.at.root}/db/m.sock"
        grants = "".join(
            f"CREATE USER slurm@'{host}' IDENTIFIED BY 'lab';"
            f"GRANT ALL ON slurm_acct_db.* TO slurm@'{host}';"
            for host in ("localhost", "127.0.0.1")
        )
        sql = f"CREATE DATABASE slurm_acct_db;{grants}"
        run("mariadb", "--no-defaults", "-uroot", socket_file, "-e", sql)

    def _own_temporary(self) -> str:
        """Clusters beside each other count processes alike, and MariaDB names files by them."""
        return f"--tmpdir={self.at.root}/db/tmp"

    def _members(self) -> None:
        """What a centre does once: its cluster, an account for its own, an operator for us."""
        for words in (
            "add cluster lab",
            "add account own Description=own Organization=lab cluster=lab",
            "add account gridhour Description=gridhour Organization=gridhour cluster=lab",
            "add user root account=own cluster=lab",
            f"add user {layout.OPERATOR} account=own cluster=lab adminlevel=Operator",
        ):
            self.run_client("sacctmgr", "-i", *words.split())

    def start(self, name: str, *before: str) -> None:
        command, environment = self._command(name)
        with (self.at.root / "log" / f"{name}.out").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*before, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "SLURM_CONF": str(self.at.conf), **environment},
                start_new_session=True,
            )
        self.until(lambda: self._answers(name), f"{name} does not answer")

    def _command(self, name: str) -> tuple[list[str], dict[str, str]]:
        at, munge = self.at, self.at.root / "munge"
        if name == "munged":
            files = [f"--{key}={munge}/munged.{key[:3]}" for key in ("pid-file", "seed-file")]
            key, where = f"--key-file={munge}/munge.key", f"--socket={at.munge_socket}"
            log = f"--log-file={munge}/munged.log"
            return as_user(
                "munge", "munged", "--foreground", "--force", key, where, log, *files
            ), {}
        if name == "mariadb":
            small = ["--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M"]
            fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-lock-wait-timeout=900"]
            fast += [
                "--skip-name-resolve",
                "--skip-innodb-doublewrite",
            ]
            place = [
                self._own_temporary(),
                f"--datadir={at.root}/db/data",
                f"--socket={at.root}/db/m.sock",
            ]
            port = [f"--port={at.ports['mariadb']}", "--bind-address=127.0.0.1"]
            program = ["/usr/sbin/mariadbd", "--no-defaults", *place, *port, *small, *fast]
            return as_user(layout.DATABASE_USER, *program), {}
        if name == "slurmrestd":
            door = f"127.0.0.1:{at.ports['slurmrestd']}"
            # Without the variable every token is refused.
            words = ["-a", "rest_auth/jwt", "-s", "openapi/v0.0.38,openapi/dbv0.0.38", door]
            return as_user("slurmrest", "slurmrestd", *words), {"SLURM_JWT": "daemon"}
        if name == "sshd":
            prepare_shell(at)
            return ["/usr/sbin/sshd", "-D", "-e", "-f", str(at.ssh / "config")], {}
        if name in layout.NODES:
            return ["slurmd", "-D", "-N", name], {}
        return as_user("slurm", name, "-D"), {}

    def _answers(self, name: str) -> bool:
        process = self.running[name]
        if process.poll() is not None:
            msg = f"{name} ended with {process.returncode}"
            raise Failed(msg)
        if name == "munged":
            return self.at.munge_socket.exists()
        if name == "mariadb":
            client = ["mariadb", "--no-defaults", "-uroot", "-e", "SELECT 1"]
            return succeeds(*client, f"--socket={self.at.root}/db/m.sock")
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.at.ports[name])) == 0

    def _idle(self) -> int:
        told = self.run_client("sinfo", "-h", "-N", "-o", "%t", check=False)
        return told.split().count("idle")

    def run_client(self, *argv: str, check: bool = True) -> str:
        environment = {**os.environ, "SLURM_CONF": str(self.at.conf)}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
        if check and done.returncode:
            msg = f"{argv}: {done.stdout} {done.stderr}"
            raise Failed(msg)
        return done.stdout

    def stop(self, name: str, number: int) -> None:
        process = self.running.pop(name)
        process.send_signal(number)
        deadline = time.monotonic() + WAIT_S
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)

    def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while not holds():
            self.reap()
            if time.monotonic() > deadline:
                raise Failed(otherwise)
            time.sleep(0.05)

    def reap(self) -> None:
        """Take the dead that were left to the first process, but for our own servers."""
        own = {process.pid for process in self.running.values()}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] == "Z" and int(path.parent.name) not in own and fields[1] == "1":
                try:
                    os.waitpid(int(path.parent.name), os.WNOHANG)
                except ChildProcessError:
                    continue

    def remove(self) -> None:
        for name in list(self.running):
            self.stop(name, signal.SIGKILL)
        for name in ("env", "base"):
            succeeds("umount", "--lazy", str(self.at.root / name))
        shutil.rmtree(self.at.root, ignore_errors=True)

    # --- commands ---------------------------------------------------------------------------

    def serve(self) -> None:
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], 0.2)
            self.reap()
            if not ready:
                continue
            line = sys.stdin.readline()
            if not line:
                return
            try:
                self.obey(*line.split())
                say("ok")
            except (Failed, KeyError, OSError) as failure:
                say(f"failed: {failure}")

    def obey(self, verb: str, name: str, *before: str) -> None:
        if verb == "start":
            self.start(name, *before)
        else:
            self.stop(name, signal.SIGKILL if verb == "kill" else signal.SIGTERM)


def as_user(user: str, *argv: str) -> list[str]:
    uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(user).gr_gid
    return ["setpriv", "--reuid", str(uid), "--regid", str(gid), "--clear-groups", *argv]


def succeeds(*argv: str) -> bool:
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    os.environ["PATH"] = f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH', '')}"
    cluster = Cluster(Layout.read(sys.argv[1]))
    try:
        prepare(cluster.at, sys.argv[2], sys.argv[3])
        cluster.up()
        say("ok")
        cluster.serve()
    except Failed as failure:
        say(f"failed: {failure}")
    finally:
        # Whoever held us may be gone, perhaps killed: then nobody else removes the folder.
        cluster.remove()


if __name__ == "__main__":
    main()
