"""Spreadsheets: what a cell may not do."""

import pytest

from billing.adapters.tables import csv_bytes, fen_text, guarded, yuan_text


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_is_shown_and_not_run(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["-12.345678", "-1", "12", "算力", "", "GH00001-000001"])
def test_figures_and_names_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


def test_a_file_opens_with_chinese() -> None:
    assert csv_bytes(["名称"], [["庆阳"]]).decode("utf-8-sig") == "名称\r\n庆阳\r\n"


def test_amounts_have_all_their_places() -> None:
    assert (yuan_text(-12_345_678), yuan_text(5)) == ("-12.345678", "0.000005")
    assert (fen_text(-1_234), fen_text(7)) == ("-12.34", "0.07")
