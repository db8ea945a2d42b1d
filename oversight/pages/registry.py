"""Registry: licences and projects, searched, paged, exported and imported."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members
from counter.paging import page_of
from oversight.domain.registry_csv import written
from oversight.models import Licence, Project
from oversight.pages.words import LICENCE_STATES, PROJECT_STATES, SPONSORS, province_name
from oversight.queries.registry import (
    columns_of,
    licence_cells,
    licences,
    project_cells,
    projects,
    provinces,
)

READER = "reader"
STATES = {"licences": LICENCE_STATES, "projects": PROJECT_STATES}


@require_safe
@for_members("REGULATOR", "OPERATOR")
def registry(request: HttpRequest, kind: str = "licences") -> HttpResponse:
    """List licences or projects; `?q=`, `?province=` and `?status=` narrow the list."""
    chosen = _chosen(request, kind)
    page = page_of(request, _rows(kind, chosen))
    for row in page:
        row.shown_state = STATES[kind][row.status]
        row.shown_province = province_name(row.province)
        if kind == "projects":
            row.shown_sponsor = SPONSORS[row.sponsor_kind]
    return TemplateResponse(
        request,
        f"oversight/{kind}.html",
        {
            "kind": kind,
            "page": page,
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "kinds": [
                (_("Licences"), reverse("oversight:registry"), kind == "licences"),
                (_("Projects"), reverse("oversight:projects"), kind == "projects"),
            ],
            "provinces": [(code, province_name(code)) for code in provinces(READER)],
            "states": [(code, word.text) for code, word in STATES[kind].items()],
            "may_import": acting_of(request).has("REGULATOR"),
            "query": request.GET.urlencode(),
        },
    )


@require_safe
@for_members("REGULATOR", "OPERATOR")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the list as CSV, narrowed as on screen, without formulas."""
    chosen = _chosen(request, kind)
    if kind == "projects":
        cells = project_cells(projects(**chosen, using=READER))
    else:
        cells = licence_cells(licences(**chosen, using=READER))
    response = HttpResponse(
        "\ufeff" + written(columns_of(kind), cells), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


def _chosen(request: HttpRequest, kind: str) -> dict[str, str]:
    status = request.GET.get("status", "")
    return {
        "search": request.GET.get("q", "").strip()[:60],
        "province": request.GET.get("province", "")[:40],
        "status": status if status in STATES[kind] else "",
    }


def _rows(kind: str, chosen: dict[str, Any]) -> "QuerySet[Licence] | QuerySet[Project]":
    if kind == "projects":
        return projects(**chosen, using=READER)
    return licences(**chosen, using=READER)
