"""`manage.py resume_engine`: an operator has looked at why the market stopped itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.refusal import Refused
from marketplace.actions.stopping import resume_engine
from timetable.queries import market_now


class Command(BaseCommand):
    """Lets a market that stopped itself go on."""

    help = "Let the engine go on after it stopped itself, with a reason for the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the reason: what was wrong, and what put it right."""
        parser.add_argument("--reason", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Resume, and say why it had stopped."""
        try:
            stopped_for = resume_engine(reason=options["reason"], now=market_now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"The market goes on. It had stopped for: {stopped_for}")
