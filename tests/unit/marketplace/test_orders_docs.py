"""The orders pages list every refusal with its status and fields, in both languages."""

import re
from pathlib import Path

import pytest

from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from exchange.window import NotAWindow
from ledger.domain.refusals import FundsShort
from marketplace.domain import refusals
from tests.bad.every import BAD

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [DOCS / "orders.md", DOCS / "orders.zh-Hans.md"]
ROW = re.compile(r"^\| `(E-[A-Z0-9-]+)` \| (\d+) \|(.*?)\| (.+) \|$", re.M)


def kinds() -> list[type[Refused]]:
    """Every refusal of the market and those that it borrows."""
    own = [
        kind
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, Refused) and kind.code != Refused.code
    ]
    return [*own, FundsShort, MoveRefused, NotAWindow, NotFound]


def table(page: Path) -> dict[str, tuple[int, set[str]]]:
    """Return the page's table: status and fields by code."""
    return {
        code: (int(status), set(re.findall(r"`(\w+)`", fields)))
        for code, status, fields, _ in ROW.findall(page.read_text())
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_lists_every_code_with_its_status(page: Path) -> None:
    told = {code: status for code, (status, _) in table(page).items()}

    assert told == {kind.code: kind.status for kind in kinds()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_names_the_fields_that_bad_orders_are_refused_for(page: Path) -> None:
    seen: dict[str, set[str]] = {}
    for bad in BAD:
        seen.setdefault(bad.code, set()).update({bad.field} - {""})

    told = {code: fields for code, (_, fields) in table(page).items() if code in seen}
    assert told == seen


def test_both_languages_tell_the_same() -> None:
    assert table(PAGES[0]) == table(PAGES[1])
