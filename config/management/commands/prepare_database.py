"""`manage.py prepare_database`: migrate as the owner, then grant the roles their rights."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """The one step between a new version of the code and a database that fits it."""

    help = "Migrate the database as its owner and grant the roles their rights (idempotent)."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Migrate and grant; safe to repeat."""
        verbosity = options["verbosity"]
        call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
        call_command("grant_roles", stdout=self.stdout)
