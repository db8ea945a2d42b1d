"""`manage.py verify_day 2026-11-24`: replay a delivery day's journal to its published hash."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.queries.days import WrittenOtherwise, verify_day


class Command(BaseCommand):
    """Starts from the day's snapshot, applies every command, and compares the chain."""

    help = "Replay a delivery day's journal and compare it with its hash; exit 1 when it differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the delivery day."""
        parser.add_argument("day", type=date.fromisoformat, help="delivery day, Asia/Shanghai")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay and say how far it went."""
        try:
            found = verify_day(options["day"])
        except WrittenOtherwise as problem:
            message = f"{problem}; verify this day with the version that traded it"
            raise CommandError(message) from problem
        if found is None:
            message = f"no snapshot begins the delivery day {options['day']}"
            raise CommandError(message)
        self.stdout.write(
            f"{options['day']}: {found.batches:,} batches, {found.commands:,} commands,"
            f" {found.events:,} events"
        )
        if found.differs_at:
            message = f"batch {found.differs_at} gives another hash than the journal has"
            raise CommandError(message)
        self.stdout.write(f"hash {found.chain}: as published")
