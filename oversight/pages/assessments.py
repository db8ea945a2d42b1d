"""Assessments: the day's verdicts, the evidence of one, and the run that gives them."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.problems import sentence_of
from exchange.refusal import Refused
from exchange.window import delivery_day
from oversight.actions import assess_all
from oversight.pages.words import RULES, VERDICTS, chinese, finding_rows, rule_said
from oversight.queries.national import latest_verdicts
from oversight.queries.verdicts import (
    assessment_with,
    assessments_on,
    history_of,
    rule_versions,
)
from timetable.queries import market_now

READER = "reader"


@require_safe
@for_members("REGULATOR", "OPERATOR")
def assessments(request: HttpRequest) -> HttpResponse:
    """List the newest verdicts; `?verdict=` and `?kind=` site or project narrow the list."""
    day, counts = latest_verdicts(READER)
    verdict, kind = request.GET.get("verdict", ""), request.GET.get("kind", "")
    verdict = verdict if verdict in VERDICTS else ""
    page = page_of(request, assessments_on(day, verdict=verdict, kind=kind, using=READER))
    for row in page:
        _dress(row)
    return TemplateResponse(
        request,
        "oversight/assessments.html",
        {
            "day": day,
            "page": page,
            "filtered": bool(verdict or kind),
            "verdicts": [
                (word.text, f"?verdict={name}", name == verdict) for name, word in VERDICTS.items()
            ],
            "counts": [(word, name, counts.get(name, 0)) for name, word in VERDICTS.items()],
            "rules": [
                {
                    "row": row,
                    "name": RULES.get(row.kind, row.kind),
                    "source": (row.source_zh if chinese() else "") or row.source,
                    "parameters": rule_said(row.kind, row.parameters),
                }
                for row in rule_versions(READER)
            ],
            "may_run": acting_of(request).has("REGULATOR") and acting_of(request).may_trade,
        },
    )


@require_safe
@for_members("REGULATOR", "OPERATOR")
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one verdict with its evidence, rule by rule, and what was said before."""
    row = assessment_with(pk, using=READER)
    if row is None:
        raise Http404
    _dress(row)
    history: list[Any] = history_of(row, using=READER)
    for past in history:
        past.shown = VERDICTS[past.verdict]
    return TemplateResponse(
        request,
        "oversight/assessment.html",
        {"row": row, "findings": finding_rows(row.findings), "history": history},
    )


@require_POST
@for_members("REGULATOR", writes=True)
def run(request: HttpRequest) -> HttpResponse:
    """Assess the last closed delivery day now."""
    now = market_now()
    try:
        counts = assess_all(
            as_of=delivery_day(now) - timedelta(days=1),
            person_id=acting_of(request).person_id,
            now=now,
        )
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
    else:
        total = sum(counts.values())
        said = ngettext("%(number)s verdict was given.", "%(number)s verdicts were given.", total)
        messages.success(request, said % {"number": total})
    return HttpResponseRedirect(reverse("oversight:assessments"))


def _dress(row: Any) -> None:
    """Put the subject's name and the verdict's word on the row."""
    if row.site is not None:
        row.subject = row.site.name_zh if chinese() else row.site.name
        row.subject_kind = _("Centre")
    elif row.project is not None:
        row.subject = row.project.name
        row.subject_kind = _("Project")
    row.shown = VERDICTS[row.verdict]
    row.decisive = [
        finding for finding in finding_rows(row.findings) if finding["verdict"] is row.shown
    ]
