"""`manage.py connect_pool POOL CONNECTOR [--centre NAME]`: who hands a pool's devices over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from delivery.actions.connecting import connect_pool
from exchange.refusal import NotFound, Refused
from timetable.queries import market_now


class Command(BaseCommand):
    """Ends with an error, and changes nothing, when it is refused."""

    help = "Point a pool to another connector, or to a centre of the connectors file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the pool, the connector, and the centre where the connector is a kind."""
        parser.add_argument("pool", help="the pool's code")
        parser.add_argument("connector", help="process, agent, slurm, kubernetes ...")
        parser.add_argument("--centre", default="", help="a table of the file CONNECTORS_FILE")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Connect and say what changed."""
        try:
            done = connect_pool(
                pool_code=options["pool"],
                connector=options["connector"],
                centre=options["centre"],
                now=market_now(),
            )
        except NotFound as refusal:
            message = f"no pool is called {options['pool']}"
            raise CommandError(message) from refusal
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if done.was == done.becomes:
            self.stdout.write(f"{options['pool']} goes by {done.becomes} already")
        else:
            self.stdout.write(f"{options['pool']}: {done.was} -> {done.becomes}")
        if done.planned:
            self.stdout.write(f"planned deliveries that go along: {done.planned}")
