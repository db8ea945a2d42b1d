"""The tests of faults run when they are asked for, and end with a table."""

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from tests.faults.table import Line, Tell, kept, lines_of, written
from tests.services.checkout import Checkout, open_checkout

WANTED = {"GRIDHOUR_FAULTS", "GRIDHOUR_TEST_FULL"} & set(os.environ)
MARKS = (
    pytest.mark.slow,
    pytest.mark.skipif(not WANTED, reason="several minutes: make faults, make test-full"),
    pytest.mark.xdist_group("services"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Keep a line for the table."""

    def keep(line: Line) -> None:
        request.node.user_properties.append(kept(line))

    return keep


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    """Servers of its own for a module, once initialised."""
    with open_checkout() as found:
        yield found


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write the table."""
    reports = chain.from_iterable(terminalreporter.stats.get(k, ()) for k in ("passed", "failed"))
    lines = lines_of(r for r in reports if getattr(r, "when", "") == "call")
    if lines:
        terminalreporter.section("faults")
        for row in written(lines):
            terminalreporter.write_line(row)
