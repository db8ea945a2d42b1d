"""`manage.py lifecycles`: write docs/lifecycles.md from the tables in the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.lifecycles import page


class Command(BaseCommand):
    """Write the page, or with `--check` fail when it is out of date."""

    help = "Write docs/lifecycles.md from the lifecycle tables; --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to write."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        place = settings.BASE_DIR / "docs" / "lifecycles.md"
        wanted = page()
        if not options["check"]:
            place.write_text(wanted, encoding="utf-8")
            self.stdout.write(f"wrote {place.name}")
            return
        if not place.exists() or place.read_text(encoding="utf-8") != wanted:
            self.stderr.write("docs/lifecycles.md is out of date: run manage.py lifecycles")
            raise SystemExit(1)
        self.stdout.write("docs/lifecycles.md is up to date")
