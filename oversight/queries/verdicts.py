"""Verdicts given: lists of a day, one with its history, and the names of subjects."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import QuerySet

from marketplace.models import Site
from oversight.domain.assessing import Change
from oversight.domain.facts import SubjectKind
from oversight.models import Assessment, AssessmentRule, Project


def assessments_on(
    day: date | None, *, verdict: str = "", kind: str = "", using: str = "default"
) -> QuerySet[Assessment]:
    """Return the verdicts of a day, the gravest subjects' latest first; none for no day."""
    rows = Assessment.objects.using(using).select_related("site", "project")
    if day is None:
        return rows.none()
    rows = rows.filter(as_of=day)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if kind in {"site", "project"}:
        rows = rows.filter(**{f"{kind}__isnull": False})
    return rows


def assessment_with(pk: int, *, using: str = "default") -> Assessment | None:
    """Return one verdict with its subject."""
    rows = Assessment.objects.using(using).select_related("site__zone", "project")
    return rows.filter(pk=pk).first()


def history_of(row: Assessment, *, using: str = "default") -> list[Assessment]:
    """Return the subject's latest verdicts, newest day first."""
    rows = Assessment.objects.using(using).filter(site=row.site_id, project=row.project_id)
    return list(rows.order_by("-as_of")[:12])


def rule_versions(using: str = "default") -> list[AssessmentRule]:
    """Return every version of every rule."""
    return list(AssessmentRule.objects.using(using).order_by("kind", "-version"))


def names_of(
    changes: Iterable[Change], *, chinese: bool, using: str = "default"
) -> Mapping[tuple[SubjectKind, int], str]:
    """Return the names of the subjects that changed; two queries."""
    rows = list(changes)
    sites = [row.subject_id for row in rows if row.kind is SubjectKind.SITE]
    projects = [row.subject_id for row in rows if row.kind is SubjectKind.PROJECT]
    names: dict[tuple[SubjectKind, int], str] = {}
    field = "name_zh" if chinese else "name"
    for pk, name in Site.objects.using(using).filter(pk__in=sites).values_list("pk", field):
        names[SubjectKind.SITE, pk] = name
    named = Project.objects.using(using).filter(pk__in=projects).values_list("pk", "name")
    for pk, name in named:
        names[SubjectKind.PROJECT, pk] = name
    return names
