"""The standard exchange terms in both languages: our own text, filled with their figures."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.domain.standard_text import STANDARD_TEXT
from contracts.domain.terms import StandardParameters

Language = Literal["en", "zh"]

# What the exchange publishes first. Later versions are later rows.
FIRST_STANDARD = StandardParameters(
    standard_terms_version=1,
    take_or_pay_bp=10_000,
    availability_bp=9_700,
    damages_bp=15_000,
    damages_cap_bp=2_000,
    acceptance_share_bp=9_500,
    maintenance_hours=4,
    dispute_days=5,
)


@dataclass(frozen=True)
class StandardClause:
    """One numbered clause, filled in."""

    number: int
    heading: str
    text: str


def share(basis_points: int) -> str:
    """Return basis points as people write a share: `97 %`, `1.5 %`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"


def figures_of(standard: StandardParameters) -> dict[str, str]:
    """Return the figures as the text names them."""
    return {
        "version": str(standard.standard_terms_version),
        "take_or_pay": share(standard.take_or_pay_bp),
        "availability": share(standard.availability_bp),
        "damages": share(standard.damages_bp),
        "damages_cap": share(standard.damages_cap_bp),
        "acceptance": share(standard.acceptance_share_bp),
        "maintenance_hours": str(standard.maintenance_hours),
        "dispute_days": str(standard.dispute_days),
    }


def standard_clauses(standard: StandardParameters, language: Language) -> list[StandardClause]:
    """Return the numbered clauses in one language, with the version's figures."""
    figures = figures_of(standard)
    return [
        StandardClause(number, heading, text.format(**figures))
        for number, (heading, text) in enumerate(_read(language), start=1)
    ]


def _read(language: Language) -> Iterator[tuple[str, str]]:
    """Yield heading and text of each clause; the English part comes first."""
    for block in STANDARD_TEXT.split("# ")[1:]:
        _, _, rest = block.partition("\n")
        english, _, chinese = rest.partition("\nzh: ")
        part = english.removeprefix("en: ") if language == "en" else chinese
        heading, *lines = part.strip().split("\n")
        yield heading, (" " if language == "en" else "").join(lines)


def standard_text(standard: StandardParameters, language: Language) -> str:
    """Return the whole text: one paragraph a clause."""
    return "\n\n".join(
        f"{clause.number}. {clause.heading}\n{clause.text}"
        for clause in standard_clauses(standard, language)
    )


def clauses_in(text: str) -> list[StandardClause]:
    """Return the clauses of a published text: what members signed, not what the code says."""
    clauses = []
    for paragraph in text.split("\n\n"):
        first, _, words = paragraph.partition("\n")
        number, _, heading = first.partition(". ")
        clauses.append(StandardClause(int(number), heading, words))
    return clauses


def text_sha256(text_en: str, text_zh: str) -> str:
    """Return the hash of both texts together, as it is stored with the version."""
    return hashlib.sha256(f"{text_en}\n\n{text_zh}".encode()).hexdigest()
