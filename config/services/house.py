"""The processes of the house on one machine: engine, web, doors, worker, beat, traders."""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.management import get_commands

from config.checkout import first_port
from config.services.children import Program
from config.services.places import Places, refuse_busy_port


@dataclass(frozen=True)
class Doors:
    """Where pages, API, events, served endpoints and shells are reached."""

    host: str
    port: int
    events_port: int
    door_port: int
    ssh_port: int

    @property
    def address(self) -> str:
        """Return what a person types into a browser."""
        return f"http://{self.host}:{self.port}/"

    @property
    def events_address(self) -> str:
        """Return where a page's live data comes from."""
        return f"http://{self.host}:{self.events_port}"

    @property
    def door_address(self) -> str:
        """Return where served endpoints answer."""
        return f"http://{self.host}:{self.door_port}"


def doors() -> Doors:
    """Return this checkout's doors; GRIDHOUR_PORT and its like move them."""
    port = first_port(settings.BASE_DIR)
    return Doors(
        host=os.environ.get("GRIDHOUR_HOST", "127.0.0.1"),
        port=int(os.environ.get("GRIDHOUR_PORT", port + 2)),
        events_port=int(os.environ.get("GRIDHOUR_EVENTS_PORT", port + 3)),
        door_port=int(os.environ.get("GRIDHOUR_DOOR_PORT", port + 5)),
        ssh_port=int(os.environ.get("GRIDHOUR_SSH_PORT", port + 6)),
    )


def refuse_busy_doors(at: Doors) -> None:
    """Refuse a taken port before anything starts, and name the setting that moves it."""
    refuse_busy_port("Web", at.port, "GRIDHOUR_PORT")
    refuse_busy_port("Events", at.events_port, "GRIDHOUR_EVENTS_PORT")
    refuse_busy_port("Door", at.door_port, "GRIDHOUR_DOOR_PORT")
    refuse_busy_port("SSH", at.ssh_port, "GRIDHOUR_SSH_PORT")
    if settings.SANDBOX_MARKET:
        refuse_busy_port("Stripe emulator", settings.STRIPE_EMULATOR_PORT, "GRIDHOUR_STRIPE_PORT")


def house_programs(places: Places, at: Doors) -> list[Program]:
    """Return the processes in the order in which they start.

    Without the sandbox's traders when their command is not installed.
    """
    python, market = sys.executable, str(places.engine_socket)
    environment = {"EVENTS_URL": at.events_address, "DOOR_URL": at.door_address}
    environment |= {"ENGINE_SOCKET": market, "SSH_DOOR": f"{at.host}:{at.ssh_port}"}
    if at.host == "127.0.0.1" and not settings.PRODUCTION:
        # Only people at this machine come in: where it cannot confine jobs, they run all the same.
        environment["PROCESS_UNISOLATED"] = "true"
    granian = [python, "-m", "granian", "--host", at.host, "--log-level", "warning"]
    pages = ["--interface", "wsgi", "--no-ws", "--blocking-threads", "32", "--port", str(at.port)]
    streams = [*granian, "--interface", "asginl"]
    celery = [python, "-m", "celery", "-A", "config.celery"]
    sweeps = ["--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    turns = ["--loglevel", "WARNING", "--pidfile=", "--schedule", str(places.run / "beat")]
    named: dict[str, tuple[list[str], Callable[[], bool]]] = {
        "engine": ([python, "manage.py", "run_engine"], partial(_answers, market)),
        "web": ([*granian, *pages, "config.wsgi:application"], partial(_listens, at.host, at.port)),
        "events": (
            [*streams, "--no-ws", "--port", str(at.events_port), "config.asgi:application"],
            partial(_listens, at.host, at.events_port),
        ),
        "door": (
            [*streams, "--ws", "--port", str(at.door_port), "config.door:application"],
            partial(_listens, at.host, at.door_port),
        ),
        "ssh": (
            [python, "manage.py", "ssh_door", "--host", at.host, "--port", str(at.ssh_port)],
            partial(_listens, at.host, at.ssh_port),
        ),
        "worker": ([*celery, "worker", *sweeps], _at_once),
        "beat": ([*celery, "beat", *turns], _at_once),
    }
    if settings.SANDBOX_MARKET:
        named["stripe"] = _stripe(places, at)
    if "traders" in get_commands():
        named["traders"] = ([python, "manage.py", "traders"], _at_once)
    return [
        Program(name, command, places.logs / f"{name}.log", ready, environment=environment)
        for name, (command, ready) in named.items()
    ]


def compiling(places: Places) -> Program:
    """Return what compiles the clearing's loops, so that the first auction need not wait."""
    command = ["nice", sys.executable, "manage.py", "compile", "--loops"]
    return Program("loops", command, places.logs / "loops.log", _at_once, once=True)


def _stripe(places: Places, at: Doors) -> tuple[list[str], Callable[[], bool]]:
    """Return the stand-in for the payment provider, and how to tell that it answers."""
    told = ["--webhook-url", f"{at.address}webhooks/stripe/"]
    told += ["--state", str(places.run / "stripe.json")]
    listens = partial(_listens, "127.0.0.1", settings.STRIPE_EMULATOR_PORT)
    return [sys.executable, "manage.py", "stripe_emulator", *told], listens


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 0.5).close()
    except OSError:
        return False
    return True


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _at_once() -> bool:
    return True
