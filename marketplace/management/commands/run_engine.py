"""`manage.py run_engine`: the market's single writer, or the standby that takes over from it."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.adapters.certificates import our_side
from marketplace.domain.places import NotAPlace, host_and_port, place_of, places_of
from marketplace.engine.process import run


class Command(BaseCommand):
    """Runs until it is told to end; start a second one and it waits as standby."""

    # They import every page of the house: a take-over does not wait for that.
    requires_system_checks = ()
    help = "Match orders: one process leads, any other waits to take over."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the socket's path and the network address."""
        parser.add_argument("--socket", default="", help="path to listen on, for this machine")
        parser.add_argument(
            "--listen",
            default="",
            metavar="HOST:PORT",
            help="address to listen on, for callers with a certificate (ENGINE_TLS_*)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Lead or wait."""
        try:
            address = host_and_port(options["listen"]) if options["listen"] else None
            path = place_of(options["socket"]) if options["socket"] else _own_path()
        except NotAPlace as problem:
            raise CommandError(str(problem)) from problem
        if path is not None and not path.is_path:
            message = f"{path} is an address, not a path: --listen HOST:PORT"
            raise CommandError(message)
        if path is None and address is None:
            message = "say where to listen: --socket PATH, --listen HOST:PORT, or both"
            raise CommandError(message)
        if address is not None:
            # Better no standby than one that cannot open its door when it has to lead.
            our_side(serving=True)
        sys.exit(run(None if path is None else Path(path.name), address))


def _own_path() -> Any:
    """Return the path where this machine's callers look for the engine, if they look at one."""
    paths = [place for place in places_of(settings.ENGINE_SOCKET) if place.is_path]
    return paths[0] if paths else None
