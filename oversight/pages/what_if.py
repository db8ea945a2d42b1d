"""What if a rule had other parameters: verdicts now and then, and who changes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from counter.access import for_members
from exchange.window import delivery_day
from oversight.domain.assessing import Change, Comparison
from oversight.domain.facts import SubjectKind
from oversight.domain.registry_csv import written
from oversight.domain.rules import Rule, RuleKind
from oversight.pages.words import RATIOS, VERDICTS, chinese
from oversight.queries import rules_in_force, what_if
from oversight.queries.verdicts import names_of
from timetable.queries import market_now

READER = "reader"
SHOWN = 100
Parameters = dict[RuleKind, dict[str, object]]


class WhatIf(forms.Form):
    """Other parameters; an empty field keeps what is in force."""

    utilisation = forms.IntegerField(
        label=_("Minimum utilisation, %"), min_value=0, max_value=100, required=False
    )
    ratio = forms.ChoiceField(
        label=_("Ratio that it tests"), choices=[("", _("as now")), *RATIOS.items()], required=False
    )
    agreements = forms.IntegerField(
        label=_("Minimum purchase agreement share, %"), min_value=0, max_value=100, required=False
    )
    latency_ms = forms.IntegerField(
        label=_("Latency target, ms"), min_value=1, max_value=1000, required=False
    )
    small_pflops = forms.IntegerField(
        label=_("Small project, below P"), min_value=0, max_value=10**6, required=False
    )
    measured = forms.BooleanField(label=_("Only a measured latency passes"), required=False)

    def parameters(self, rules: tuple[Rule, ...]) -> Parameters:
        """Return the given parameters by rule; a band of review stays as wide as it is."""
        bands = {
            rule.kind: rule.whole("review_below_bp") - rule.whole("fail_below_bp")
            for rule in rules
            if "review_below_bp" in rule.parameters
        }
        given: dict[str, Any] = self.cleaned_data
        changed: Parameters = {}

        def put(kind: RuleKind, **values: object) -> None:
            changed.setdefault(kind, {}).update(values)

        if given["utilisation"] is not None:
            least = given["utilisation"] * 100
            band = bands.get(RuleKind.MINIMUM_UTILISATION, 0)
            put(RuleKind.MINIMUM_UTILISATION, fail_below_bp=least, review_below_bp=least + band)
        if given["ratio"]:
            put(RuleKind.MINIMUM_UTILISATION, ratio=given["ratio"])
        if given["agreements"] is not None:
            least = given["agreements"] * 100
            band = bands.get(RuleKind.PURCHASE_AGREEMENT_SHARE, 0)
            put(
                RuleKind.PURCHASE_AGREEMENT_SHARE,
                fail_below_bp=least,
                review_below_bp=least + band,
            )
        if given["latency_ms"] is not None:
            put(RuleKind.LATENCY_TARGET, target_us=given["latency_ms"] * 1000)
        if given["measured"]:
            put(RuleKind.LATENCY_TARGET, estimate_passes=0)
        if given["small_pflops"] is not None:
            put(RuleKind.LOCAL_GOV_SMALL_BAR, below_pflops=given["small_pflops"])
        return changed


@require_safe
@for_members("REGULATOR", "OPERATOR")
def what_if_page(request: HttpRequest) -> HttpResponse:
    """Compute with other parameters, write nothing, notify nobody; `?format=csv` lists who."""
    day = delivery_day(market_now()) - timedelta(days=1)
    rules = rules_in_force(as_of=day, using=READER)
    form = WhatIf({**_now(rules), **{k: v for k, v in request.GET.items() if v}})
    valid = form.is_valid()
    parameters = form.parameters(rules) if valid else {}
    answer = what_if(parameters=parameters, as_of=day, using=READER) if valid and rules else None
    if answer and request.GET.get("format") == "csv":
        return _csv(answer)
    return TemplateResponse(
        request,
        "oversight/what_if.html",
        {
            "form": form,
            "day": day,
            "rules": bool(rules),
            "rows": _rows(answer) if answer else [],
            "changes": _changes(answer.changes[:SHOWN]) if answer else [],
            "changed": len(answer.changes) if answer else 0,
            "more": max(0, len(answer.changes) - SHOWN) if answer else 0,
            "query": request.GET.urlencode(),
        },
        status=200 if valid else 422,
    )


def _now(rules: tuple[Rule, ...]) -> dict[str, object]:
    """Fill the form with what is in force, in its units."""
    by_kind = {rule.kind: rule for rule in rules}
    values: dict[str, object] = {}
    if rule := by_kind.get(RuleKind.MINIMUM_UTILISATION):
        values["utilisation"] = rule.whole("fail_below_bp") // 100
    if rule := by_kind.get(RuleKind.PURCHASE_AGREEMENT_SHARE):
        values["agreements"] = rule.whole("fail_below_bp") // 100
    if rule := by_kind.get(RuleKind.LATENCY_TARGET):
        values["latency_ms"] = rule.whole("target_us") // 1000
    if rule := by_kind.get(RuleKind.LOCAL_GOV_SMALL_BAR):
        values["small_pflops"] = rule.whole("below_pflops")
    return values


def _rows(answer: Comparison) -> list[dict[str, Any]]:
    rows = []
    for name, word in VERDICTS.items():
        before = {verdict.value: number for verdict, number in answer.before.items()}.get(name, 0)
        after = {verdict.value: number for verdict, number in answer.after.items()}.get(name, 0)
        rows.append({"word": word, "before": before, "after": after, "change": after - before})
    return rows


def _changes(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    names = names_of(changes, chinese=chinese(), using=READER)
    return [
        {
            "name": names.get((change.kind, change.subject_id), "–"),
            "kind": _("Centre") if change.kind is SubjectKind.SITE else _("Project"),
            "before": VERDICTS[change.before],
            "after": VERDICTS[change.after],
        }
        for change in changes
    ]


def _csv(answer: Comparison) -> HttpResponse:
    names = names_of(answer.changes, chinese=chinese(), using=READER)
    rows = (
        [change.kind, names.get((change.kind, change.subject_id)), change.before, change.after]
        for change in answer.changes
    )
    text = "\ufeff" + written(["kind", "name", "now", "then"], rows)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="what-if.csv"'
    return response
