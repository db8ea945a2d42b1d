"""The standing rule of a pool: what it may list by itself, within which limits, and its switch."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from counter.access import acting_of, for_members
from counter.fields import YuanField
from counter.problems import sentence_of
from delivery.actions import set_standing_rule, switch_rule_off
from delivery.models import StandingRule
from delivery.queries.surveys import rules_of, surveyed_pool
from exchange.refusal import Refused
from timetable.queries import market_now

FIRMNESS = [
    ("RECALLABLE", gettext_lazy("recallable")),
    ("FIRM", gettext_lazy("firm")),
    ("SURPLUS", gettext_lazy("surplus, without guarantee")),
]
PERCENT_BP = 100


def _whole(label: Any, most: int, least: int = 0, *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class RuleForm(forms.Form):
    """The rule's figures; shares in per cent."""

    keep_free = _whole(gettext_lazy("Devices always kept free"), 1_000_000)
    most_devices = _whole(gettext_lazy("Devices of one listing, at most"), 1_000_000, 1)
    most_a_day = _whole(gettext_lazy("Device-hours a delivery day, at most"), 24_000_000, 1)
    sure = _whole(gettext_lazy("Idle in at least this share of past weeks"), 100)
    markup = _whole(gettext_lazy("Markup on the marginal cost"), 10_000)
    floor = YuanField(label=gettext_lazy("Never below"), required=False)
    firmness = forms.ChoiceField(label=gettext_lazy("Listed as"), choices=FIRMNESS)
    notice = _whole(gettext_lazy("Notice of a recall"), 10_080, 1, required=False)

    @property
    def figures(self) -> dict[str, int]:
        """Return the rule's figures by their names."""
        data = self.cleaned_data
        return {
            "keep_free_devices": data["keep_free"],
            "most_devices": data["most_devices"],
            "most_device_hours_a_day": data["most_a_day"],
            "sure_bp": data["sure"] * PERCENT_BP,
            "markup_bp": data["markup"] * PERCENT_BP,
            "floor_micros": data["floor"] or 0,
        }


def _initial(rule: StandingRule | None, devices: int) -> dict[str, Any]:
    if rule is None:
        return {
            "keep_free": 0,
            "most_devices": devices,
            "most_a_day": devices * 12,
            "sure": 100,
            "markup": 20,
            "firmness": "RECALLABLE",
            "notice": 60,
        }
    return {
        "keep_free": rule.keep_free_devices,
        "most_devices": rule.most_devices,
        "most_a_day": rule.most_device_hours_a_day,
        "sure": rule.sure_bp // PERCENT_BP,
        "markup": rule.markup_bp // PERCENT_BP,
        "floor": f"{rule.floor_micros // 1_000_000}.{rule.floor_micros % 1_000_000 // 10_000:02}",
        "firmness": rule.firmness,
        "notice": rule.recall_notice_minutes,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("SELLER", writes=True)
def rule_page(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Show the pool's rule; a POST sets it and switches it on."""
    acting = acting_of(request)
    pool = surveyed_pool(acting.member_id or 0, pool_id)
    if pool is None:
        raise Http404
    rule = rules_of([pool.pk]).get(pool.pk)
    form = RuleForm(request.POST or None, initial=_initial(rule, pool.devices))
    status = 200
    if request.method == "POST":
        if _set(request, pool.pk, form):
            messages.success(request, _("The standing rule is on."))
            return redirect("delivery:idle_pool", pool_id=pool.pk)
        status = 422
    facts = {"pool": pool, "rule": rule, "form": form}
    return TemplateResponse(request, "delivery/standing_rule.html", facts, status=status)


def _set(request: HttpRequest, pool_id: int, form: RuleForm) -> bool:
    """Set the rule; False, with the reason in the form, when it is refused."""
    if not form.is_valid():
        return False
    acting = acting_of(request)
    try:
        set_standing_rule(
            member_id=acting.member_id or 0,
            pool_id=pool_id,
            enabled=True,
            firmness=form.cleaned_data["firmness"],
            recall_notice_minutes=form.cleaned_data["notice"],
            person_id=acting.person_id,
            now=market_now(),
            **form.figures,
        )
    except Refused as refusal:
        form.add_error(None, sentence_of(refusal))
        return False
    return True


@require_POST
@for_members("SELLER", writes=True)
def rule_off(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Switch the rule off at once; `withdraw` also takes back what it listed unsold."""
    acting = acting_of(request)
    try:
        withdrawn = switch_rule_off(
            member_id=acting.member_id or 0,
            pool_id=pool_id,
            withdraw="withdraw" in request.POST,
            person_id=acting.person_id,
            now=market_now(),
        )
    except Refused as refusal:
        raise Http404 from refusal
    said = _("The standing rule is off.")
    if withdrawn:
        said += " " + ngettext(
            "%(count)s listing is withdrawn.", "%(count)s listings are withdrawn.", withdrawn
        ) % {"count": withdrawn}
    messages.success(request, said)
    return redirect("delivery:idle_pool", pool_id=pool_id)
