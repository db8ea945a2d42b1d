"""Gather the texts of rooms for translation, list what is missing, compile."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import catalogues


class Command(BaseCommand):
    """`room_messages [room…] [--check] [--compile]`."""

    help = "Gather the texts of rooms into locale/<room>; list those without Chinese."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take rooms (all when none is named) and what to do."""
        parser.add_argument("rooms", nargs="*", choices=[[], *catalogues.rooms()], default=[])
        parser.add_argument("--check", action="store_true", help="write nothing, fail if missing")
        parser.add_argument("--compile", action="store_true", help="compile what is there")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Gather, list and fail when `--check` finds a text without Chinese."""
        if options["compile"]:
            self.stdout.write(f"messages: {catalogues.compile_all()} catalogues compiled")
            return
        gaps = 0
        for room in options["rooms"] or catalogues.rooms():
            catalogue = catalogues.refreshed(room)
            untranslated = catalogues.missing(catalogue)
            gaps += len(untranslated)
            if len(catalogue) and not options["check"]:
                catalogues.save(room, catalogue)
            for text in untranslated:
                self.stdout.write(f"{room}: no Chinese for {text!r}")
            self.stdout.write(
                f"{room}: {len(catalogue)} texts, {len(untranslated)} without Chinese"
            )
        if options["check"] and gaps:
            sys.exit(1)
