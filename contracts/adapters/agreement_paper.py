"""The agreement on paper: English, Chinese, or both, with the standard terms behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.adapters.paper import Paper
from contracts.domain.clauses import clauses_of, day_time
from contracts.domain.link_clauses import link_clauses_of
from contracts.domain.link_terms import LinkTerms
from contracts.domain.standard_clauses import StandardClause
from contracts.domain.terms import Terms

PaperLanguage = Literal["en", "zh", "both"]
AnyTerms = Terms | LinkTerms

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Computing power purchase agreement",
        "link": "Computing power link agreement",
        "version": "version",
        "parties": "Parties",
        "buyer": "Buyer",
        "seller": "Seller",
        "carrier": "Carrier",
        "terms": "Particular terms",
        "standard": "Standard exchange terms, version {version}",
        "signatures": "Signatures",
        "unsigned": "not signed yet",
        "standing": "by standing acceptance of the standard terms",
        "person": "signed by {name}",
        "hash": "Signed hash (SHA-256 of the terms)",
        "column": "Party|Member|Signed at (UTC+8)|How",
    },
    "zh": {
        "title": "算力购买协议",
        "link": "算力链路协议",
        "version": "版本",
        "parties": "当事人",
        "buyer": "买方",
        "seller": "卖方",
        "carrier": "运营商",
        "terms": "专用条款",
        "standard": "交易所标准条款（第 {version} 版）",
        "signatures": "签署",
        "unsigned": "尚未签署",
        "standing": "依标准条款的一次性接受签署",
        "person": "由 {name} 签署",
        "hash": "所签哈希值（条款的 SHA-256）",
        "column": "当事人|会员|签署时间（北京时间）|方式",
    },
}


@dataclass(frozen=True)
class Signed:
    """One signature as the paper prints it; `person` is empty for standing acceptance."""

    party: str
    member: str
    signed_at: datetime
    person: str = ""


@dataclass(frozen=True)
class Sheet:
    """What the paper of an agreement says beside its terms."""

    number: str
    version: int
    made_at: datetime
    signatures: tuple[Signed, ...]
    # The published standard terms, English and Chinese.
    standard: tuple[tuple[StandardClause, StandardClause], ...]


def agreement_pdf(terms: AnyTerms, sheet: Sheet, language: PaperLanguage) -> bytes:
    """Return the agreement, on devices or on a link, as PDF; the same gives the same bytes."""
    languages = ("zh", "en") if language == "both" else (language,)
    words = [WORDS[name] for name in languages]
    paper = Paper(
        title=_joined(words, "link" if isinstance(terms, LinkTerms) else "title"),
        subtitle=f"{sheet.number} · {words[0]['version']} {sheet.version}",
        foot=f"{sheet.number} v{sheet.version} · sha256 {terms.sha256}",
        made_at=sheet.made_at,
    )
    _parties(paper, terms, words)
    _particular(paper, terms, languages)
    _signatures(paper, terms, sheet, words)
    for name in languages:
        heading = WORDS[name]["standard"].format(version=terms.standard_terms_version)
        paper.heading(heading)
        _standard(paper, [pair[1 if name == "zh" else 0] for pair in sheet.standard])
    return paper.pdf()


def _joined(words: Sequence[dict[str, str]], key: str) -> str:
    return " / ".join(word[key] for word in words)


def _seller(terms: AnyTerms) -> str:
    return "carrier" if isinstance(terms, LinkTerms) else "seller"


def _parties(paper: Paper, terms: AnyTerms, words: Sequence[dict[str, str]]) -> None:
    paper.heading(_joined(words, "parties"))
    paper.facts(
        [
            (_joined(words, "buyer"), f"{terms.buyer_name} ({terms.buyer_code})"),
            (_joined(words, _seller(terms)), f"{terms.seller_name} ({terms.seller_code})"),
        ]
    )


def _particular(paper: Paper, terms: AnyTerms, languages: Sequence[str]) -> None:
    paper.heading(_joined([WORDS[name] for name in languages], "terms"))
    clauses = link_clauses_of(terms) if isinstance(terms, LinkTerms) else clauses_of(terms)
    for number, clause in enumerate(clauses, start=1):
        parts = [clause.zh if name == "zh" else clause.en for name in languages]
        paper.clause(
            str(number),
            " / ".join(part.heading for part in parts),
            "\n".join(dict.fromkeys(part.text for part in parts)),
            "\n".join(part.detail for part in parts if part.detail),
        )


def _signatures(
    paper: Paper, terms: AnyTerms, sheet: Sheet, words: Sequence[dict[str, str]]
) -> None:
    paper.heading(_joined(words, "signatures"))
    main = WORDS["zh"] if words[0] is WORDS["zh"] else WORDS["en"]
    rows = []
    for party, name in (("BUYER", terms.buyer_name), ("SELLER", terms.seller_name)):
        signed = next((one for one in sheet.signatures if one.party == party), None)
        word = main["buyer" if party == "BUYER" else _seller(terms)]
        if signed is None:
            rows.append((word, name, "–", main["unsigned"]))
            continue
        when = day_time(signed.signed_at, chinese=main is WORDS["zh"])
        person = main["person"].format(name=signed.person)
        rows.append((word, name, when, person if signed.person else main["standing"]))
    paper.table(main["column"].split("|"), rows, widths=(20, 50, 45, 55), align="LLLL")
    paper.paragraph(f"{_joined(words, 'hash')}\n{terms.sha256}", small=True)


def _standard(paper: Paper, clauses: Sequence[StandardClause]) -> None:
    for clause in clauses:
        paper.clause(str(clause.number), clause.heading, clause.text)
