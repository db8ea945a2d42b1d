"""Prove the books: recompute everything from entry one and say what does not fit."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from billing.queries.proofs import prove_everything

SHOWN = 5


class Command(BaseCommand):
    """Print one row a proof; exit 1 if a micro is missing."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Read in one unchanging view of the database, beside trading."""
        broken = 0
        with transaction.atomic():
            # Inside an outer transaction (a test) the view is what that transaction sees.
            if not connection.savepoint_ids:
                self._freeze_view()
            for finding in prove_everything():
                state = "ok" if not finding.wrong else f"{len(finding.wrong)} WRONG"
                self.stdout.write(f"{state:>9}  {finding.checked:>8}  {finding.name}")
                for wrong in finding.wrong[:SHOWN]:
                    self.stdout.write(f"{'':>9}  {'':>8}    {wrong}")
                broken += bool(finding.wrong)
        self.stdout.write("books: proved" if not broken else f"books: {broken} proofs broken")
        if broken:
            sys.exit(1)

    def _freeze_view(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
