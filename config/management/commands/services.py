"""`manage.py services up|run|status|psql`: PostgreSQL and Valkey of this checkout."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.services.places import Places, ServicesUnavailable, places
from config.services.postgres import server_programs
from config.services.supervisor import Supervisor
from config.services.use import run_command, servers_are_up


class Command(BaseCommand):
    """Start the embedded servers, or run a command beside them."""

    help = "PostgreSQL and Valkey of this checkout (not needed with DATABASE_URL and REDIS_URL)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the four verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("up", help="start both and stay until Ctrl-C")
        run = verbs.add_parser("run", help="run a command with both up: run -- pytest tests/unit")
        run.add_argument("command", nargs="...")
        verbs.add_parser("status", help="tell whether they are up, and where")
        psql = verbs.add_parser("psql", help="run a statement as the owner: psql 'SELECT 1'")
        psql.add_argument("command", nargs="...")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what the verb says."""
        here = places()
        try:
            if options["verb"] == "up":
                self._up(here)
            elif options["verb"] == "run":
                self._run(here, [part for part in options["command"] if part != "--"])
            elif options["verb"] == "status":
                self._status(here)
            else:
                self._psql(here, options["command"])
        except ServicesUnavailable as problem:
            raise CommandError(str(problem)) from problem

    def _say(self, text: str) -> None:
        self.stderr.write(text, ending="\n")

    def _up(self, here: Places) -> None:
        supervisor = Supervisor(here, self._say)
        if not supervisor.try_to_lead():
            msg = "the servers of this checkout are supervised by another process already"
            raise CommandError(msg)
        try:
            supervisor.start_servers()
            supervisor.heed_signals([signal.SIGINT, signal.SIGTERM])
            self._status(here)
            supervisor.watch()
        finally:
            supervisor.stop()

    def _run(self, here: Places, command: list[str]) -> None:
        if not command:
            msg = "name a command: manage.py services run -- pytest tests/unit"
            raise CommandError(msg)
        sys.exit(run_command(command, here, self._say))

    def _status(self, here: Places) -> None:
        state = "up" if servers_are_up(here) else "down"
        database = settings.DATABASES["default"]
        address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        self.stdout.write(f"PostgreSQL: {state if here.own_pg else 'not ours'}, {address}")
        self.stdout.write(
            f"Valkey: {state if here.own_valkey else 'not ours'}, {settings.REDIS_URL}"
        )

    def _psql(self, here: Places, statement: list[str]) -> None:
        database = settings.DATABASES["owner"]
        command = [str(server_programs() / "psql"), "-h", database["HOST"]]
        command += ["-p", str(database["PORT"]), "-U", database["USER"], database["NAME"]]
        if statement:
            command += ["-c", " ".join(statement)]
        sys.exit(run_command(command, here, self._say))
