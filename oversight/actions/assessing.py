"""Give verdicts: on one centre or project, or on all of them, as of a day."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction

from accounts.actions import record_deed
from exchange.refusal import NotFound, Refused
from oversight.domain.assessing import Assessed, assess
from oversight.domain.facts import Facts, SubjectKind
from oversight.domain.verdict import Verdict
from oversight.models import Assessment
from oversight.queries.subjects import all_facts, project_facts, rules_in_force, site_facts

ROWS_A_STATEMENT = 1000


class NoRuleInForce(Refused):
    """Without a rule there is nothing to assess by."""

    code = "E-RULE-02"
    field = "as_of"
    sentence = "No rule is in force on %(as_of)s."


@transaction.atomic
def assess_all(
    *, as_of: date, person_id: int | None = None, now: datetime
) -> Mapping[Verdict, int]:
    """Assess every active centre and open project; the day's verdicts are replaced.

    Refuses with NoRuleInForce on a day before all rules. Returns how many of each verdict.
    """
    counts = _write(all_facts(as_of=as_of), as_of=as_of, now=now)
    record_deed(
        verb="ASSESSED_ALL",
        subject=f"day:{as_of.isoformat()}",
        now=now,
        person_id=person_id,
        facts={verdict.value: number for verdict, number in sorted(counts.items())},
    )
    return counts


@transaction.atomic
def assess_one(
    *,
    kind: SubjectKind,
    subject_id: int,
    as_of: date,
    person_id: int | None = None,
    now: datetime,
) -> Assessment:
    """Assess one centre or project; refuses NotFound for one that is not assessed."""
    if kind is SubjectKind.SITE:
        facts = site_facts(as_of=as_of, site_id=subject_id)
    else:
        facts = project_facts(project_id=subject_id)
    if not facts:
        raise NotFound
    _write(facts, as_of=as_of, now=now)
    subject = "site" if kind is SubjectKind.SITE else "project"
    row = Assessment.objects.get(as_of=as_of, **{f"{subject}_id": subject_id})
    record_deed(
        verb="ASSESSED",
        subject=f"{subject}:{subject_id}",
        now=now,
        person_id=person_id,
        facts={"as_of": as_of.isoformat(), "verdict": row.verdict},
    )
    return row


def _write(subjects: list[Facts], *, as_of: date, now: datetime) -> Counter[Verdict]:
    rules = rules_in_force(as_of=as_of)
    if not rules:
        raise NoRuleInForce(as_of=as_of.isoformat())
    assessed = [assess(facts, rules) for facts in subjects]
    for kind, name in ((SubjectKind.SITE, "site_id"), (SubjectKind.PROJECT, "project_id")):
        rows = [one for one in assessed if one.kind is kind]
        ids = [one.subject_id for one in rows]
        Assessment.objects.filter(as_of=as_of, **{f"{name}__in": ids}).delete()
        Assessment.objects.bulk_create(
            (_row(one, name, as_of, now) for one in rows), batch_size=ROWS_A_STATEMENT
        )
    return Counter(one.verdict for one in assessed)


def _row(one: Assessed, name: str, as_of: date, now: datetime) -> Assessment:
    return Assessment(
        as_of=as_of,
        verdict=one.verdict.value,
        findings=[asdict(finding) for finding in one.findings],
        assessed_at=now,
        **{name: one.subject_id},
    )
