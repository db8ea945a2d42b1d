"""Where the one-machine cluster keeps its things; standard library only."""

import json
import random
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

NODES = ("n1", "n2")
DEVICES_PER_NODE = 4
CORES_PER_NODE = 4
JOB_USERS = ("ghj01", "ghj02", "ghj03")
OPERATOR = "gridhour"
# The database's programs alone, without the server's package, bring no account.
DATABASE_USER = "ghdb"
# Accounts that exist inside the cluster's own namespace only, never in the machine's /etc.
FIRST_UID = 61_000
BELOW_CALLERS = (10_000, 20_000)
PORTS = ("slurmctld", "slurmdbd", "slurmrestd", "mariadb", "sshd", *NODES)


@dataclass(frozen=True)
class Layout:
    """One cluster: its folder and ports."""

    folder: str
    ports: dict[str, int]

    @property
    def root(self) -> Path:
        return Path(self.folder)

    @property
    def conf(self) -> Path:
        return self.root / "slurm.conf"

    @property
    def jwt_key(self) -> Path:
        return self.root / "jwt_hs256.key"

    @property
    def munge_socket(self) -> Path:
        return self.root / "munge" / "munge.sock"

    @property
    def ssh(self) -> Path:
        return self.root / "ssh"

    @property
    def by_ssh(self) -> list[str]:
        """Return the words before each command that runs as the operator on the login node."""
        options = {"UserKnownHostsFile": f"{self.ssh}/known", "BatchMode": "yes"}
        said = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        where = ["-F", "none", "-p", str(self.ports["sshd"]), "-i", f"{self.ssh}/operator"]
        return ["ssh", *where, *said, f"{OPERATOR}@127.0.0.1", "env", f"SLURM_CONF={self.conf}"]

    @property
    def users(self) -> dict[str, int]:
        names = (OPERATOR, "slurmrest", *JOB_USERS, DATABASE_USER)
        return {name: FIRST_UID + index for index, name in enumerate(names)}

    def write(self) -> None:
        (self.root / "layout.json").write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(folder: str) -> "Layout":
        return Layout(**json.loads((Path(folder) / "layout.json").read_text()))


def free_ports() -> dict[str, int]:
    """Return a port that nobody uses for each server; all are held until all are known.

    They are none of those that the machine gives to callers: a server that is stopped and started
    again would find its port taken by a connection of somebody else's.
    """
    chance, ports, probes = random.SystemRandom(), [], []
    while len(ports) < len(PORTS):
        port, probe = chance.randrange(*BELOW_CALLERS), socket.socket()
        probes.append(probe)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
    for probe in probes:
        probe.close()
    return dict(zip(PORTS, ports, strict=True))
