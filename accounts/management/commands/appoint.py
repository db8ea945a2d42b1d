"""`manage.py appoint`: the first operator, and regulators."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.actions import appoint_member
from timetable.queries import market_now


class Command(BaseCommand):
    """Makes an operator or regulator and its first administrator."""

    help = "Make an operator or regulator with its first administrator (idempotent)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the organisation and the person."""
        parser.add_argument("code")
        parser.add_argument("name")
        parser.add_argument("capability", choices=["OPERATOR", "REGULATOR"])
        parser.add_argument("email")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Appoint and say what to do next."""
        member = appoint_member(
            code=options["code"],
            name=options["name"],
            capability=options["capability"],
            email=options["email"],
            now=market_now(),
        )
        self.stdout.write(
            f"{member.code} is appointed. {options['email']} sets a password at"
            " /accounts/password/reset/ and then a second factor."
        )
