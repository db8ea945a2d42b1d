"""Verdicts and the findings that they rest on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says of a subject, and what all rules together say."""

    PASS = "PASS"  # noqa: S105
    REVIEW = "REVIEW"
    FAIL = "FAIL"
    BARRED = "BARRED"
    # No rule could be decided: a figure is missing.
    UNASSESSED = "UNASSESSED"


@dataclass(frozen=True)
class Finding:
    """One rule applied to one subject: the evidence row.

    `value` and `limit` are in `unit`: bp, thousandths, us, pflops, or date (ISO
    ordinal days). `tested` names the figure that the rule looked at.
    """

    kind: str
    version: int
    verdict: Verdict
    tested: str
    value: int | None
    limit: int
    unit: str
    source: str
    illustrative: bool


SEVERITY = (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.BARRED)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest finding; a missing figure turns a pass into a review.

    UNASSESSED when nothing could be decided: silence is never a pass.
    """
    verdicts = {finding.verdict for finding in findings}
    decided = verdicts - {Verdict.UNASSESSED}
    if not decided:
        return Verdict.UNASSESSED
    gravest = max(decided, key=SEVERITY.index)
    if gravest is Verdict.PASS and Verdict.UNASSESSED in verdicts:
        return Verdict.REVIEW
    return gravest
