"""`manage.py clear_auction FILE.json`: clear a book by hand; no database."""

import json
import sys
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.clearing.clearing import CONFIGS, METHODS, clear
from exchange.clearing.refusals import BookRefused
from exchange.verifying.case import Case
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from marketplace.domain.auctions.explained import Explained, explained

MOST_BYTES = 1 << 30
MOST_SHOWN = 50
BAR = 40
YUAN = 1_000_000


class Command(BaseCommand):
    """Print prices, acceptance, welfare and bound; exit 1 where the book is refused."""

    help = "Clear an auction's book (docs/auction-format.md) and print what comes of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the book, how hard to search, and where to write the outcome."""
        parser.add_argument("file", type=Path, help="a book as JSON")
        parser.add_argument("--method", choices=METHODS, default="full")
        parser.add_argument("--steps", type=int, help="of the search, instead of the method's")
        parser.add_argument("--out", type=Path, help="write the outcome as JSON")
        parser.add_argument("--explain", type=int, metavar="ORDER", help="why this order or not")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Clear, and say what came of it."""
        book = _read(options["file"])
        config = CONFIGS[options["method"]]
        if options["steps"] is not None:
            if options["steps"] < 0:
                raise CommandError("--steps: a number from 0 on is wanted")
            config = config._replace(search_steps=options["steps"])
        try:
            bar = _Bar(sys.stderr)
            outcome = clear(book, config, bar.tell)
            bar.clear()
        except BookRefused as refused:
            raise CommandError(str(refused)) from None
        if options["out"] is not None:
            options["out"].write_text(json.dumps(outcome, ensure_ascii=False))
        why = None if options["explain"] is None else _why(book, outcome, options["explain"])
        self._say(outcome)
        if why is not None:
            self._say_why(why)

    def _say(self, outcome: dict[str, Any]) -> None:
        lines = [("price", outcome["prices"]), ("link", outcome["link_prices"])]
        for word, table in lines:
            for name, prices in list(table.items())[:MOST_SHOWN]:
                told = " ".join(f"{price / YUAN:.2f}" for price in prices[:48])
                self.stdout.write(f"{word} {name}: {told}{' …' if len(prices) > 48 else ''}")
            self._say_more(len(table))
        for row in outcome["accepted"][:MOST_SHOWN]:
            where = ", ".join(_rectangle(one) for one in row["placed"])
            pays = f"pays {row['pays_micros'] / YUAN:.2f} of {row['value_micros'] / YUAN:.2f}"
            self.stdout.write(f"order {row['order']}: {where}; {pays}")
        self._say_more(len(outcome["accepted"]))
        for row in outcome["rejected"][:MOST_SHOWN]:
            lost = f"lost {row['lost_surplus_micros'] / YUAN:.2f}"
            self.stdout.write(f"order {row['order']}: rejected, {row['reason']}; {lost}")
        self._say_more(len(outcome["rejected"]))
        welfare, bound = outcome["welfare_micros"], outcome["bound_micros"]
        share = f", {welfare / bound:.4f} of it" if bound else ""
        self.stdout.write(f"welfare {welfare / YUAN:.2f}, bound {bound / YUAN:.2f}{share}")

    def _say_more(self, count: int) -> None:
        if count > MOST_SHOWN:
            self.stdout.write(f"  and {count - MOST_SHOWN} more (--out writes all)")

    def _say_why(self, why: Explained) -> None:
        fate, yes = why.fate, why.yes
        state = "executes" if fate.executes else f"rejected, {fate.reason}"
        word = "gained" if fate.executes else "would have gained"
        gained = fate.gained_micros / YUAN
        self.stdout.write(f"why order {fate.number}: {state}; {word} {gained:.2f}")
        if yes.limit_micros is None:
            self.stdout.write("  no place fits it, whatever the price")
        else:
            told = f"{yes.limit_micros / YUAN:.4f} (it has {why.limit_micros / YUAN:.4f})"
            self.stdout.write(f"  the least limit that its cheapest place is worth: {told}")
        if yes.wider_saves_micros is not None:
            saves = yes.wider_saves_micros / YUAN
            self.stdout.write(f"  an hour more at either end of its window saves {saves:.2f}")
        if why.dearest_offer is not None:
            self.stdout.write(f"  the dearest offer that serves it: {why.dearest_offer}")


def _why(document: Any, outcome: dict[str, Any], number: int) -> Explained:
    """Explain an order by what anybody reads of the outcome."""
    book = read_book(document)
    published = json.loads(json.dumps(outcome))
    try:
        return explained(Case(book, read_outcome(published, book)), number)
    except KeyError:
        raise CommandError(f"--explain names {number}: the book has no such order") from None


class _Bar:
    """A bar that shows the phase on a terminal; nothing where nobody looks."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen

    def tell(self, phase: str, share: float) -> None:
        """Show how far a phase is."""
        if self._screen.isatty():
            done = round(BAR * share)
            self._screen.write(f"\r{phase:<10} {'█' * done}{'·' * (BAR - done)}")
            self._screen.flush()

    def clear(self) -> None:
        """Leave an empty line to what follows."""
        if self._screen.isatty():
            self._screen.write(f"\r{' ' * (BAR + 11)}\r")


def _rectangle(row: dict[str, Any]) -> str:
    first = row["first_hour"]
    return f"{row['devices']} in {row['node']} {first}–{first + row['hours']}"


def _read(path: Path) -> Any:
    if not path.is_file():
        raise CommandError(f"{path}: there is no such file")
    if path.stat().st_size > MOST_BYTES:
        raise CommandError(f"{path}: more than {MOST_BYTES} bytes")
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise CommandError(f"{path}: no JSON: {error}") from None
