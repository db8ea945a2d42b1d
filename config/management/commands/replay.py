"""`manage.py replay FILE.jsonl`: what the book does with these commands; no database, no clock."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.book import Book
from exchange.book.replay import NotACommand, replay


class Command(BaseCommand):
    """Read one command a line, write one event a line; exit 1 at a line that is no command."""

    help = "Tell the pure book a file of commands, and print what happens (docs/replay.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and what to say beyond the events."""
        parser.add_argument("file", help="commands as JSON lines; - reads standard input")
        parser.add_argument(
            "--explain", action="store_true", help="say after each buy why it filled or not"
        )
        parser.add_argument(
            "--digest", action="store_true", help="say at the end what the book hashes to"
        )
        parser.add_argument(
            "--state", type=Path, help="begin with this state if there is one; write it at the end"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay, and stop at the first line that is no command, after what came before it."""
        book = _book_of(options["state"])
        try:
            with _lines_of(options["file"]) as lines:
                for event in replay(lines, book, explain=options["explain"]):
                    self.stdout.write(event.decode())
                    if options["file"] == "-":
                        self.stdout.flush()
            if options["digest"]:
                self.stdout.write(json.dumps({"digest": book.digest(), "number": book.number}))
            self.stdout.flush()
        except NotACommand as error:
            self.stdout.flush()
            raise CommandError(str(error)) from None
        except BrokenPipeError:
            # The reader (head, say) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if options["state"] is not None:
            options["state"].write_text(json.dumps(book.state()))


@contextmanager
def _lines_of(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    if not Path(name).is_file():
        raise CommandError(f"{name}: there is no such file")
    with Path(name).open("rb") as file:
        yield file


def _book_of(path: Path | None) -> Book:
    if path is None or not path.exists():
        return Book()
    try:
        return Book.restore(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError, LookupError):
        raise CommandError(f"{path}: this is no state of a book") from None
