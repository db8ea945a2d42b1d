"""`manage.py grant_roles`: give the application's and the reader's role their rights."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from config.rights import grant_rights


class Command(BaseCommand):
    """Run after every migration, as the owner of the schema."""

    help = "Grant the database roles their rights (after migrate; idempotent)."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Grant, in one transaction, and say what was granted."""
        with transaction.atomic(using="owner"):
            for line in grant_rights("owner"):
                self.stdout.write(line)
