"""`manage.py check_invariants`: every room's promises about its data, in one snapshot."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.invariants import Report, find_violations, table_of


class Command(BaseCommand):
    """Exit 0 when all hold, 1 when one is broken, 2 when one could not be checked."""

    help = "Check the invariants of every room, in one read-only transaction."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer and the role to read through."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--database", default="default")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check and print."""
        report = find_violations(options["database"])
        if options["json"]:
            self.stdout.write(json.dumps(_document(report), ensure_ascii=False, indent=2))
        else:
            for line in table_of(report):
                self.stdout.write(line)
        if report.failed:
            raise SystemExit(2)
        if report.broken:
            raise SystemExit(1)


def _document(report: Report) -> dict[str, Any]:
    return {
        "checked": report.checked,
        "broken": report.broken,
        "invariants": [
            {
                "code": finding.invariant.code,
                "sentence": finding.invariant.sentence,
                "holds": finding.holds,
                "violations": finding.violations,
                "examples": list(finding.examples),
                "error": finding.error,
            }
            for finding in report.findings
        ],
    }
