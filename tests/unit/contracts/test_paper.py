import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.adapters.agreement_paper import PaperLanguage, Sheet, Signed, agreement_pdf
from contracts.adapters.paper import FONT_FILE, Paper
from contracts.adapters.wrapping import wrap
from contracts.domain.standard_clauses import FIRST_STANDARD, standard_clauses
from tests.unit.contracts.sample import sample_terms

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
STANDARD = zip(
    standard_clauses(FIRST_STANDARD, "en"), standard_clauses(FIRST_STANDARD, "zh"), strict=True
)
SIGNED = (Signed("BUYER", "Lingang Model Lab", AT, "Ben"),)
SHEET = Sheet("GH-2026-000017", 1, AT, SIGNED, tuple(STANDARD))


def paper(*rows: tuple[str, str]) -> bytes:
    document = Paper(title="发票 Invoice", subtitle="GH-1", foot="GH-1", made_at=AT)
    document.facts(rows)
    return document.pdf()


def words_of(pdf: bytes, tmp_path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdf)
    run = ["pdftotext", "-layout", str(file), "-"]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


def test_the_same_content_gives_the_same_bytes() -> None:
    first, second = paper(("买方", "Ben")), paper(("买方", "Ben"))

    assert first.startswith(b"%PDF")
    assert first == second
    assert first != paper(("买方", "Dana"))


def test_only_the_glyphs_that_are_used_travel() -> None:
    assert len(paper(("买方", "Ben"))) < FONT_FILE.stat().st_size // 20


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", ["Computing power purchase agreement", "96 × Ascend 910B", "Force majeure"]),
        ("zh", ["算力购买协议", "和林格尔三号", "不可抗力", "尚未签署"]),
        ("both", ["算力购买协议", "Computing power purchase agreement", "由 Ben 签署"]),
    ],
)
def test_an_agreement_can_be_read_in_the_language_asked_for(
    language: PaperLanguage, wanted: list[str], tmp_path: Path
) -> None:
    terms = sample_terms()

    text = words_of(agreement_pdf(terms, SHEET, language), tmp_path)

    assert [word for word in wanted if word not in text] == []
    assert terms.sha256 in text


def test_a_long_table_runs_over_pages_and_keeps_its_foot(tmp_path: Path) -> None:
    document = Paper(title="Statement", subtitle="", foot="foot-of-page", made_at=AT)
    rows = [(str(number), "compute", "1,234.50") for number in range(120)]
    document.table(
        ("No", "What", "¥"), rows, widths=(20, 110, 40), align="LLR", total=("", "Total", "0.00")
    )

    text = words_of(document.pdf(), tmp_path)

    assert text.count("foot-of-page") == 3
    assert "119" in text


def test_chinese_lines_break_between_characters_and_keep_their_punctuation() -> None:
    lines = wrap("卖方保证交付，违约的赔付。GB 2312 ok", 6, len)

    assert lines == ["卖方保证交", "付，违约的赔", "付。GB", "2312", "ok"]
    assert all(line[0] not in "，。" for line in lines)


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert wrap("abcdefgh ij", 4, len) == ["abcd", "efgh", "ij"]
