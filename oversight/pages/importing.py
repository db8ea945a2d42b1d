"""Import a registry file: look first, then import; bad rows can be downloaded."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from counter.access import acting_of, for_members
from counter.problems import sentence_of
from exchange.refusal import Refused
from oversight.actions import ImportReport, import_licences, import_projects, preview_import
from oversight.domain.registry_csv import BadRow, Reason, written
from timetable.queries import market_now

BYTES_A_FILE = 900_000
SHOWN = 100


class RegistryFile(forms.Form):
    """A CSV file, or its text when the preview hands it back."""

    file = forms.FileField(label=gettext_lazy("CSV file, UTF-8"), required=False)
    content = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    def clean(self) -> dict[str, Any]:
        """Return the text; refuse none, too much of it, and what is not UTF-8."""
        given = super().clean() or {}
        file = given.get("file")
        if file is not None:
            if file.size > BYTES_A_FILE:
                self.add_error("file", _("The file is too large. Split it."))
                return given
            try:
                given["content"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8 text."))
        elif not given.get("content"):
            self.add_error("file", _("Choose a file."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("REGULATOR", writes=True)
def import_page(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the form, the preview of a file, its bad rows as CSV, or import it."""
    posted = request.method == "POST"
    form = RegistryFile(request.POST, request.FILES) if posted else RegistryFile()
    if not posted or not form.is_valid():
        return _page(request, kind, form, status=422 if form.errors else 200)
    content = form.cleaned_data["content"]
    step = request.POST.get("step", "preview")
    if step == "bad":
        return _bad_rows(kind, preview_import(kind=kind, content=content))
    if step != "import":
        report = preview_import(kind=kind, content=content)
        again = RegistryFile(initial={"content": content})
        return _page(request, kind, again, report=report)
    return _import(request, kind, form, content)


def _import(request: HttpRequest, kind: str, form: RegistryFile, content: str) -> HttpResponse:
    act = import_projects if kind == "projects" else import_licences
    try:
        report = act(content=content, person_id=acting_of(request).person_id or 0, now=market_now())
    except Refused as refusal:
        form.add_error(None, sentence_of(refusal))
        return _page(request, kind, form, status=refusal.status)
    done = report.new + report.changed
    said = ngettext("%(number)s row was imported.", "%(number)s rows were imported.", done)
    messages.success(request, said % {"number": done})
    return HttpResponseRedirect(
        reverse("oversight:projects" if kind == "projects" else "oversight:registry")
    )


def _page(
    request: HttpRequest,
    kind: str,
    form: RegistryFile,
    *,
    report: ImportReport | None = None,
    status: int = 200,
) -> HttpResponse:
    bad = report.bad[:SHOWN] if report else ()
    context = {
        "kind": kind,
        "form": form,
        "report": report,
        "bad": [{"line": row.line, "name": _name(row), "reasons": said(row)} for row in bad],
        "more": len(report.bad) - len(bad) if report else 0,
    }
    return TemplateResponse(request, "oversight/import.html", context, status=status)


def _name(row: BadRow) -> str:
    return row.cells.get("number") or row.cells.get("code") or "–"


def sentence(reason: Reason) -> str:
    """Return a reason in the reader's language."""
    return _(reason.sentence) % reason.facts


def said(row: BadRow) -> list[str]:
    """Return a bad row's reasons as sentences."""
    return [sentence(reason) for reason in row.reasons]


def _bad_rows(kind: str, report: ImportReport) -> HttpResponse:
    rows = (
        [row.line, *(row.cells.get(name, "") for name in report.columns), " ".join(said(row))]
        for row in report.bad
    )
    text = "\ufeff" + written(["line", *report.columns, "reasons"], rows)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind}-refused.csv"'
    return response
