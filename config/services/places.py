"""Where the embedded servers live: which programs, which folders, which ports."""

import hashlib
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from config.checkout import first_port

# The kernel takes 107 characters, and the engine's own suffix is among them.
LONGEST_SOCKET = 90


class ServicesUnavailable(Exception):
    """The servers cannot be started or reached; the text says what to change."""


@dataclass(frozen=True)
class Places:
    """Folders and ports of one checkout's servers."""

    var: Path
    pg_port: int
    valkey_port: int
    own_pg: bool
    own_valkey: bool

    @property
    def run(self) -> Path:
        """Return the folder of locks and of the note that the servers are ready."""
        return self.var / "run"

    @property
    def logs(self) -> Path:
        """Return the folder of the servers' and the processes' logs."""
        return self.var / "log"

    @property
    def engine_socket(self) -> Path:
        """Return where the market's engine listens; a socket's name has room for little."""
        path = self.run / "engine.sock"
        if len(str(path)) <= LONGEST_SOCKET:
            return path
        short = hashlib.sha256(str(self.var).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gridhour-{short}.sock"

    @property
    def heartbeat(self) -> Path:
        """Return the file whose time is when a supervisor was last alive."""
        return self.run / "heartbeat"


def places() -> Places:
    """Return this checkout's places; a server named by an address of its own is not ours."""
    port = first_port(settings.BASE_DIR)
    return Places(
        var=Path(settings.VAR_DIR).resolve(),
        pg_port=int(os.environ.get("GRIDHOUR_PG_PORT", port)),
        valkey_port=int(os.environ.get("GRIDHOUR_VALKEY_PORT", port + 1)),
        own_pg=not os.environ.get("DATABASE_URL"),
        own_valkey=not os.environ.get("REDIS_URL"),
    )


def port_is_busy(port: int) -> bool:
    """Tell whether somebody listens on the loopback port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def refuse_busy_port(name: str, port: int, setting: str) -> None:
    """Refuse a taken port and name the setting that moves it."""
    if port_is_busy(port):
        msg = f"{name}: port {port} is taken by another process; set {setting} to a free port"
        raise ServicesUnavailable(msg)
