"""The check says what it found, and by its exit what that means."""

import json

import pytest
from django.core.management import call_command

from config import invariants
from exchange.invariant import Invariant

pytestmark = pytest.mark.django_db

HOLDS = Invariant("T-01", "Nothing is wrong.", "SELECT 1 WHERE false")
BROKEN = Invariant("T-02", "Nothing is ever wrong.", "SELECT generate_series(1, 7)")
UNCHECKED = Invariant("T-03", "The table exists.", "SELECT * FROM no_such_table")


def run(monkeypatch: pytest.MonkeyPatch, *promises: Invariant, json_form: bool = False) -> int:
    monkeypatch.setattr(invariants, "all_invariants", lambda: promises)
    try:
        call_command("check_invariants", json=json_form)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_all_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, HOLDS) == 0
    assert capsys.readouterr().out.endswith("invariants: 1 checked, 0 broken\n")


def test_one_is_broken_and_its_rows_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, HOLDS, BROKEN) == 1
    out = capsys.readouterr().out
    assert "BROKEN  T-02" in out
    assert "… 7 rows in all" in out
    assert out.endswith("invariants: 2 checked, 1 broken\n")


def test_one_cannot_be_checked_and_the_others_still_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, UNCHECKED, BROKEN, HOLDS) == 2
    out = capsys.readouterr().out
    assert "ERROR   T-03" in out
    assert "holds   T-01" in out


def test_the_json_form_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, HOLDS, BROKEN, json_form=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["checked"], told["broken"]) == (2, 1)
    assert told["invariants"][1]["violations"] == 7


def test_codes_are_used_once_and_sentences_end() -> None:
    promises = invariants.all_invariants()
    codes = [promise.code for promise in promises]

    assert len(codes) == len(set(codes))
    assert all(promise.sentence.endswith(".") for promise in promises)


def test_nothing_is_written_by_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    report_lines: list[str] = []
    monkeypatch.setattr(invariants, "all_invariants", lambda: (HOLDS, BROKEN))

    report = invariants.check_all(report_lines.append)

    assert report.broken == 1
    assert not any(line.startswith("holds") for line in report_lines)
