"""`manage.py ssh_door`: the door for shells."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.ssh_door import open_ssh_door


class Command(BaseCommand):
    """`ssh_door --host H --port N`; runs until it is stopped."""

    help = "Let the openers of sessions in by SSH."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listen and wait."""
        asyncio.run(_serve(options["host"], options["port"]))


async def _serve(host: str, port: int) -> None:
    door = await open_ssh_door(host, port)
    await door.wait_closed()
