"""`manage.py verify_audit`: recompute the audit chain from the first deed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.queries import verify_chain


class Command(BaseCommand):
    """Prints the chain's length and head; exit code 1 and the first break if it is broken."""

    help = "Recompute the audit chain; exit 1 when a deed was changed, moved, cut or lost."

    def add_arguments(self, parser: CommandParser) -> None:
        """A head noted elsewhere proves that the whole chain was not rewritten."""
        parser.add_argument("--head", default="", help="a hash that the chain must contain")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and report."""
        proof = verify_chain(options["head"])
        self.stdout.write(f"audit: {proof.sealed} deeds sealed, {proof.waiting} waiting")
        self.stdout.write(f"head: {proof.head}")
        if proof.broken is not None:
            self.stdout.write(f"broken at {proof.broken.sequence}: {proof.broken.why}")
            sys.exit(1)
        self.stdout.write("the chain holds")
