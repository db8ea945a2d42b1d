"""`manage.py run_engine`: the market's single writer, or the standby that takes over from it."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.engine.process import run

LONGEST_PATH = 100


class Command(BaseCommand):
    """Runs until it is told to end; start a second one and it waits as standby."""

    help = "Match orders: one process leads, any other waits to take over."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the socket's path."""
        parser.add_argument("--socket", default=settings.ENGINE_SOCKET, help="path to listen on")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Lead or wait."""
        path = options["socket"]
        if not path or len(path) > LONGEST_PATH:
            message = f"name a socket of at most {LONGEST_PATH} characters: --socket PATH"
            raise CommandError(message)
        sys.exit(run(Path(path)))
