"""Registry files: each row is good, or bad with every reason. Pure."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

from accounts.domain.company_number import compact, is_company_number

ROWS_A_FILE = 10_000
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
LICENCE_STATUSES = frozenset({"VALID", "SUSPENDED", "REVOKED", "EXPIRED"})
PROJECT_STATUSES = frozenset({"PLANNED", "APPROVED", "BUILDING", "OPERATING", "CANCELLED"})
SPONSORS = frozenset({"LOCAL_GOV", "CENTRAL_SOE", "PRIVATE", "CARRIER"})
YUAN_LIMIT = 10**12


@dataclass(frozen=True)
class Reason:
    """Why a cell is refused: a sentence to translate, and its facts."""

    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BadRow:
    """A row that is not imported, with its line in the file and every reason."""

    line: int
    cells: Mapping[str, str]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Parsed:
    """A read file. Good rows carry typed values by column; empty optional cells are None."""

    columns: tuple[str, ...]
    good: tuple[Mapping[str, object], ...]
    bad: tuple[BadRow, ...]


class Wrong(Exception):
    """A cell that cannot be read; carries the reason."""

    def __init__(self, sentence: str, **facts: str) -> None:
        self.reason = Reason(sentence, facts)
        super().__init__(sentence)


Read = Callable[[str], object]


def text(longest: int, *, needed: bool = True) -> Read:
    """Read a text of at most `longest` characters."""

    def read(cell: str) -> object:
        if needed and not cell:
            raise Wrong("%(column)s is empty.")
        if len(cell) > longest:
            raise Wrong("%(column)s is longer than %(longest)s characters.", longest=str(longest))
        return cell

    return read


def one_of(known: Iterable[str], *, needed: bool = True) -> Read:
    """Read one of the known words."""
    words = frozenset(known)

    def read(cell: str) -> object:
        if not cell and not needed:
            return None
        if cell not in words:
            raise Wrong("%(column)s is not known: %(cell)s.", cell=cell[:40])
        return cell

    return read


def whole(least: int, most: int, *, needed: bool = True) -> Read:
    """Read a whole number within bounds."""

    def read(cell: str) -> object:
        if not cell and not needed:
            return None
        digits = cell.replace(",", "")
        if not digits.isascii() or not digits.isdigit() or not least <= int(digits) <= most:
            raise Wrong(
                "%(column)s is not a whole number from %(least)s to %(most)s.",
                least=str(least),
                most=str(most),
            )
        return int(digits)

    return read


def day(cell: str) -> object:
    """Read an ISO date."""
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise Wrong("%(column)s is not a date like 2026-11-23.") from error


def company_number(cell: str) -> object:
    """Read a unified social credit code with its check character, or nothing."""
    number = compact(cell)
    if number and not is_company_number(number):
        raise Wrong("%(column)s is not a valid unified social credit code.")
    return number


def licence_columns(*, provinces: Iterable[str], sites: Iterable[str]) -> Mapping[str, Read]:
    """Return how each column of a licence file is read; `number` names the row."""
    return {
        "number": text(60),
        "holder_name": text(120),
        "holder_uscc": company_number,
        "province": one_of(provinces),
        "issued_date": day,
        "valid_until": day,
        "status": one_of(LICENCE_STATUSES),
        "site": one_of(sites, needed=False),
    }


def project_columns(*, provinces: Iterable[str], zones: Iterable[str]) -> Mapping[str, Read]:
    """Return how each column of a project file is read; `code` names the row."""
    return {
        "code": text(40),
        "name": text(160),
        "province": one_of(provinces),
        "zone": one_of(zones, needed=False),
        "planned_date": day,
        "sponsor_kind": one_of(SPONSORS),
        "size_pflops": whole(1, 10**6),
        "racks": whole(0, 10**6),
        "public_money_yuan": whole(0, YUAN_LIMIT),
        "planned_pue_thousandths": whole(1000, 5000, needed=False),
        "purchase_agreement_share_bp": whole(0, 10_000, needed=False),
        "status": one_of(PROJECT_STATUSES),
    }


def parse(content: str, columns: Mapping[str, Read]) -> Parsed:
    """Read a file: the first column names a row, and naming one twice is an error.

    A missing or unknown column, or too many rows, makes the whole file bad (line 1).
    """
    reader = csv.DictReader(StringIO(content.removeprefix("\ufeff")))
    names = tuple(columns)
    given = tuple(name.strip() for name in reader.fieldnames or ())
    problems = _head_problems(given, names)
    if problems:
        return Parsed(names, (), (BadRow(1, {}, problems),))
    reader.fieldnames = list(given)
    good: list[Mapping[str, object]] = []
    bad: list[BadRow] = []
    seen: set[object] = set()
    for number, row in enumerate(reader):
        if number >= ROWS_A_FILE:
            too_many = Reason("The file has more than %(rows)s rows.", {"rows": str(ROWS_A_FILE)})
            bad.append(BadRow(reader.line_num, {}, (too_many,)))
            break
        cells = {name: unguarded((row.get(name) or "").strip()) for name in names}
        values, reasons = _read(cells, columns)
        reasons += _row_problems(values, names[0], seen)
        if reasons:
            bad.append(BadRow(reader.line_num, cells, tuple(reasons)))
        else:
            good.append(values)
        seen.add(values.get(names[0]))
    return Parsed(names, tuple(good), tuple(bad))


def _head_problems(given: tuple[str, ...], names: tuple[str, ...]) -> tuple[Reason, ...]:
    missing = [name for name in names if name not in given]
    unknown = [name for name in given if name not in names]
    sentences = [("The column %(column)s is missing.", name) for name in missing]
    sentences += [("The column %(column)s is not known.", name[:40]) for name in unknown]
    return tuple(Reason(sentence, {"column": name}) for sentence, name in sentences)


def _read(
    cells: Mapping[str, str], columns: Mapping[str, Read]
) -> tuple[dict[str, object], list[Reason]]:
    values: dict[str, object] = {}
    reasons = []
    for name, read in columns.items():
        try:
            values[name] = read(cells[name])
        except Wrong as wrong:
            facts = {**wrong.reason.facts, "column": name}
            reasons.append(Reason(wrong.reason.sentence, facts))
    return values, reasons


def _row_problems(values: Mapping[str, object], key: str, seen: set[object]) -> list[Reason]:
    problems = []
    if values.get(key) is not None and values[key] in seen:
        problems.append(Reason("%(column)s stands in the file twice.", {"column": key}))
    issued, until = values.get("issued_date"), values.get("valid_until")
    if isinstance(issued, date) and isinstance(until, date) and until <= issued:
        problems.append(Reason("valid_until is not after issued_date."))
    return problems


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def unguarded(cell: str) -> str:
    """Return the cell without the guard that our own exports put before it."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell


def written(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV with formula guards; None is an empty cell."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(list(columns))
    for row in rows:
        writer.writerow(["" if cell is None else guarded(str(cell)) for cell in row])
    return file.getvalue()
