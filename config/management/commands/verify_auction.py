"""`manage.py verify_auction BUNDLE`: check a published auction; no database, no clearing."""

import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.verifying.bundle import (
    FILES,
    MOST_BYTES,
    check_bundle,
    opens,
    parsed,
    participants_of,
)
from exchange.verifying.member import own_lines
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.rows import Unreadable

MOST_SHOWN = 20


class Command(BaseCommand):
    """Say one line a check; exit 1 where anything is found."""

    help = "Check a published auction by the rulebook alone (docs/rulebook.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the bundle, and whose lines to look at."""
        parser.add_argument("bundle", type=Path, help="a zip file or a folder")
        parser.add_argument("--member", help="a commitment: check this participant's lines alone")
        parser.add_argument("--number", type=int, help="with --salt: your member number")
        parser.add_argument("--salt", help="the secret that opens your commitment")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check everything, or one member's own lines."""
        files = _files_of(options["bundle"])
        if options["member"] or options["salt"]:
            self._own(files, options)
        else:
            self._everything(files)

    def _everything(self, files: dict[str, bytes]) -> None:
        found = 0
        for check in check_bundle(files):
            found += len(check.findings)
            verdict = f"{len(check.findings)} WRONG" if check.findings else "ok"
            self.stdout.write(f"{check.name}: {check.looked_at}: {verdict}")
            for finding in check.findings[:MOST_SHOWN]:
                self.stdout.write(f"  {finding.code} {finding.row}: {finding.sentence}")
            if len(check.findings) > MOST_SHOWN:
                self.stdout.write(f"  and {len(check.findings) - MOST_SHOWN} more")
        if found:
            raise CommandError(f"{found} wrong")
        self.stdout.write("nothing is wrong")

    def _own(self, files: dict[str, bytes], options: dict[str, Any]) -> None:
        try:
            rows = participants_of(parsed(files, "commitments.json"))
            book = read_book(parsed(files, "book.json"))
            outcome = read_outcome(parsed(files, "outcome.json"), book)
        except Unreadable as error:
            raise CommandError(str(error)) from None
        if options["salt"]:
            found = opens(book.auction, rows, options["number"] or 0, options["salt"])
        else:
            found = next((at for at, row in rows.items() if row[0] == options["member"]), None)
        if found is None:
            raise CommandError("no participant of this auction has that commitment")
        self.stdout.write(f"participant {found}")
        lines = list(own_lines(book, outcome, found))
        for line in lines:
            self.stdout.write(f"{line.row}: {line.sentence}: {'ok' if line.right else 'WRONG'}")
        wrong = sum(not line.right for line in lines)
        if wrong:
            raise CommandError(f"{wrong} wrong")


def _files_of(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        names = [name for name in FILES if (path / name).is_file()]
        _refuse_big(sum((path / name).stat().st_size for name in names))
        return {name: (path / name).read_bytes() for name in names}
    if not zipfile.is_zipfile(path):
        raise CommandError(f"{path}: this is neither a folder nor a zip file")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in FILES if name in archive.namelist()]
        _refuse_big(sum(archive.getinfo(name).file_size for name in names))
        return {name: archive.read(name) for name in names}


def _refuse_big(size: int) -> None:
    if size > MOST_BYTES:
        raise CommandError(f"the bundle has {size} bytes, more than {MOST_BYTES}")
