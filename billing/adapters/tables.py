"""Tables for spreadsheets: CSV that opens right and runs nothing."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins so would be run as a formula by a spreadsheet.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file with a byte-order mark, so that spreadsheets read Chinese."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def guarded(cell: object) -> str:
    """Return a cell's text; one that would be a formula gets a quote in front."""
    text = "" if cell is None else str(cell)
    if text.startswith(DANGEROUS) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def yuan_text(amount_micros: int) -> str:
    """Return micros as plain yuan with six places: `-12.345678`."""
    sign, rest = ("-", -amount_micros) if amount_micros < 0 else ("", amount_micros)
    return f"{sign}{rest // 1_000_000}.{rest % 1_000_000:06d}"


def fen_text(amount_fen: int) -> str:
    """Return fen as plain yuan with two places: `-12.34`."""
    sign, rest = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    return f"{sign}{rest // 100}.{rest % 100:02d}"
