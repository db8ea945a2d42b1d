"""`manage.py city_probe CITY HOST:PORT`: name a demand city's responder."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from delivery.actions import set_city_probe
from exchange.refusal import Refused

MOST_PORT = 65_535


class Command(BaseCommand):
    """Ends with an error for a city that is not in the catalogue."""

    help = "Name the responder (gridhour-agent probe-server) to which agents measure a city's way."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the city's code and the responder's address."""
        parser.add_argument("city", help="the city's code")
        parser.add_argument("address", help="HOST:PORT; off: measure no more")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set it and say so."""
        host, port = "", 1
        if options["address"] != "off":
            host, _, told = options["address"].rpartition(":")
            if not host or not told.isdecimal() or not 0 < int(told) <= MOST_PORT:
                message = f"{options['address']}: an address is HOST:PORT"
                raise CommandError(message)
            port = int(told)
        try:
            probe = set_city_probe(city=options["city"], host=host.strip("[]"), port=port)
        except Refused as refusal:
            message = f"no city is called {options['city']}"
            raise CommandError(message) from refusal
        self.stdout.write(f"{options['city']}: {probe if probe.active else 'off'}")
