"""Check what every room promises about its data, in one read-only snapshot."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from exchange.invariant import Invariant

MOST_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One invariant with the rows that break it, or the error that kept it unchecked."""

    invariant: Invariant
    violations: int
    examples: tuple[str, ...]
    error: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the promise was checked and holds."""
        return not self.violations and not self.error


@dataclass(frozen=True)
class Report:
    """What a check found. Unchecked invariants count as broken."""

    findings: tuple[Finding, ...]

    @property
    def checked(self) -> int:
        """Return how many invariants there are."""
        return len(self.findings)

    @property
    def broken(self) -> int:
        """Return how many do not hold."""
        return sum(not finding.holds for finding in self.findings)

    @property
    def failed(self) -> bool:
        """Tell whether some invariant could not be checked."""
        return any(finding.error for finding in self.findings)


def all_invariants() -> tuple[Invariant, ...]:
    """Return every room's invariants, in the order of the rooms."""
    found: list[Invariant] = []
    for room in settings.ROOMS:
        name = f"{room}.queries.invariants"
        if _exists(name):
            found.extend(importlib.import_module(name).INVARIANTS)
    return tuple(found)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def find_violations(alias: str = "default") -> Report:
    """Run every invariant in one REPEATABLE READ, READ ONLY transaction."""
    connection = connections[alias]
    findings = []
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if not connection.in_atomic_block or not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        findings = [_check(invariant, alias) for invariant in all_invariants()]
    return Report(tuple(findings))


def _check(invariant: Invariant, alias: str) -> Finding:
    try:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(invariant.sql)
            rows = cursor.fetchall()
    except DatabaseError as problem:
        return Finding(invariant, 0, (), error=str(problem).strip())
    return Finding(invariant, len(rows), tuple(str(row) for row in rows[:MOST_SHOWN]))


def table_of(report: Report) -> list[str]:
    """Return the report as lines; the last is `invariants: N checked, M broken`."""
    lines = []
    for finding in report.findings:
        mark = "holds" if finding.holds else "ERROR" if finding.error else "BROKEN"
        lines.append(f"{mark:6}  {finding.invariant.code:12}  {finding.invariant.sentence}")
        lines += [f"          {finding.error}"] if finding.error else []
        lines += [f"          {example}" for example in finding.examples]
        if finding.violations > MOST_SHOWN:
            lines.append(f"          … {finding.violations} rows in all")
    lines.append(f"invariants: {report.checked} checked, {report.broken} broken")
    return lines


def check_all(write: Callable[[str], object], alias: str = "default") -> Report:
    """Check everything, write what is broken and the summary line by line."""
    report = find_violations(alias)
    *rows, summary = table_of(report)
    for row in rows:
        if not row.startswith("holds"):
            write(row)
    write(summary)
    return report
