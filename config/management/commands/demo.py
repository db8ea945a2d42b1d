"""`manage.py demo`: a whole market on this machine, with its clock running fast."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from config.services.house import (
    Doors,
    compiling,
    doors,
    house_programs,
    refuse_busy_doors,
)
from config.services.places import Places, ServicesUnavailable, places
from config.services.supervisor import Supervisor
from timetable.actions import rest_clock, resume_clock
from timetable.queries import wall_now

# One market hour takes 20 wall seconds.
FACTOR = 180
PASSWORD = "gridhour-demo"  # noqa: S105 - the sandbox's, printed below
LOGINS = ("buyer", "seller", "broker", "carrier", "regulator", "operator")


class Command(BaseCommand):
    """Servers, database, national catalogue, then every process of the house."""

    help = "Start the whole market on this machine; Ctrl-C stops it and leaves nothing behind."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Start everything in order, watch it, and stop it in reverse order."""
        here, at = places(), doors()
        supervisor = Supervisor(here, self._say)
        if not supervisor.try_to_lead():
            msg = "the servers of this checkout run already (`manage.py services up`, or a demo)"
            raise CommandError(msg)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            refuse_busy_doors(at)
            supervisor.start_servers()
            self._prepare(here)
            for program in house_programs(here, at):
                supervisor.start(program)
            supervisor.start(compiling(here))
            self._welcome(here, at)
            supervisor.heed_signals([signal.SIGINT, signal.SIGTERM])
            supervisor.watch()
        except ServicesUnavailable as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            self._say("stopped before it was up")
        finally:
            self._stop(supervisor)

    def _prepare(self, here: Places) -> None:
        with self._step("Migrating the database"):
            call_command("prepare_database", verbosity=0, stdout=StringIO())
        if "seed" in get_commands():
            with self._step("Loading the national catalogue, members and funds"):
                call_command("seed", stdout=self.stderr)
        resume_clock(
            last_seen=_last_seen(here), factor=FACTOR, reason="the demo starts", wall=wall_now()
        )
        # The children make their own connections; this one would only grow old.
        connections.close_all()

    def _welcome(self, here: Places, at: Doors) -> None:
        logins = "".join(f"  {name}@gridhour.example\n" for name in LOGINS)
        self.stdout.write(
            f"\nGridhour is open at {at.address}\n\n"
            f"Sign in as one of these, always with the password {PASSWORD}:\n"
            f"{logins}\nOne market hour takes {3600 // FACTOR} s. Logs are in {here.logs}. "
            "Ctrl-C stops everything.\n"
        )
        self.stdout.flush()

    def _stop(self, supervisor: Supervisor) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(DatabaseError):
            rest_clock(reason="the demo stops", wall=wall_now())
        connections.close_all()
        supervisor.stop()

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._say(f"{name} ...")
        began = time.monotonic()
        yield
        self._say(f"{name}: done ({time.monotonic() - began:.1f} s)")


def _last_seen(here: Places) -> datetime | None:
    """Return when a supervisor of this checkout was last alive, a second rounded up."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(here.heartbeat.stat().st_mtime + 1, UTC)
    return None
