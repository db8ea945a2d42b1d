"""`manage.py clear_auction`: a book by hand is cleared and explained; what is wrong is named."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.management.commands.clear_auction import _Bar
from exchange.verifying import verify

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "auction.json"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(path: Path = EXAMPLE, **options: Any) -> str:
    out = io.StringIO()
    call_command("clear_auction", path, stdout=out, **options)
    return out.getvalue()


def written(tmp_path: Path, **fields: Any) -> Path:
    path = tmp_path / "book.json"
    path.write_text(json.dumps({**json.loads(EXAMPLE.read_text()), **fields}))
    return path


def test_the_documents_example_is_cleared_as_it_says() -> None:
    lines = told().splitlines()

    assert any(line.startswith("order 1: 3 in n 0–1; pays ") for line in lines)
    assert any(line.startswith("order 2: 1 in n 0–1; pays ") for line in lines)
    assert "order 3: rejected, PRICE; lost 0.00" in lines
    assert lines[-1].startswith("welfare 12.00, bound 12.")


@pytest.mark.parametrize("method", ["full", "short", "zones", "greedy"])
def test_every_method_writes_an_outcome_that_verifies(method: str, tmp_path: Path) -> None:
    told(method=method, out=tmp_path / "outcome.json")

    outcome = json.loads((tmp_path / "outcome.json").read_text())
    assert verify(json.loads(EXAMPLE.read_text()), outcome) == []


def test_an_order_is_explained() -> None:
    rejected, served = told(explain=3), told(explain=1)

    assert "why order 3: rejected, PRICE; would have gained 0.00" in rejected
    assert "(it has 1.0000)" in rejected
    assert "the dearest offer that serves it: 1" in served


def test_an_order_that_fits_nowhere_is_told_so(tmp_path: Path) -> None:
    order = {"order": 1, "kind": "BLOCK", "amount": 99, "limit_micros": 5_000_000}

    assert "no place fits it" in told(written(tmp_path, orders=[order]), explain=1)


def test_long_lists_are_cut(tmp_path: Path) -> None:
    order = {"kind": "BLOCK", "amount": 1, "limit_micros": 10_000}
    many = [{**order, "order": number} for number in range(60)]

    assert "and 10 more (--out writes all)" in told(written(tmp_path, orders=many, hours=50))


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"hours": 0}, "hours is 0"), ({"colour": 1}, "colour"), ({"orders": [7]}, "orders")],
)
def test_what_is_wrong_with_a_book_is_named(
    fields: dict[str, Any], word: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=word):
        told(written(tmp_path, **fields))


def test_files_and_options_that_cannot_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="no such file"):
        told(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("{")
    with pytest.raises(CommandError, match="no JSON"):
        told(tmp_path / "text.json")
    with pytest.raises(CommandError, match="--steps"):
        told(steps=-1)
    with pytest.raises(CommandError, match="names 9"):
        told(explain=9)
    monkeypatch.setattr("config.management.commands.clear_auction.MOST_BYTES", 1)
    with pytest.raises(CommandError, match="more than 1 bytes"):
        told()


def test_a_terminal_is_shown_the_phase() -> None:
    screen = Terminal()

    _Bar(screen).tell("search", 0.5)
    _Bar(screen).clear()

    assert "search" in screen.getvalue()
    assert "█" in screen.getvalue()
