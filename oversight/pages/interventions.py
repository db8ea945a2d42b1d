"""Interventions: what stops trading, what waits, and the acts, each on a page of its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.problems import sentence_of
from exchange.refusal import Refused
from marketplace.models import ChipModel
from oversight.actions import (
    approve_intervention,
    emergency_halt,
    propose_intervention,
    withdraw_intervention,
)
from oversight.models import Intervention
from oversight.pages.second_look import second_look
from oversight.pages.words import INTERVENTION_KINDS, INTERVENTION_STATES, SCOPES
from oversight.queries.interventions import (
    halts_in_force,
    intervention_with,
    open_interventions,
    past_interventions,
    subject_names,
)
from timetable.queries import market_now, wall_now

READER = "reader"


class HaltForm(forms.Form):
    """What to stop, and why."""

    scope = forms.ChoiceField(label=_("What stops"), choices=list(SCOPES.items()))
    member = forms.ModelChoiceField(
        Member.objects.none(), label=_("Member"), required=False, to_field_name="code"
    )
    chip = forms.ModelChoiceField(
        ChipModel.objects.none(), label=_("Chip model"), required=False, to_field_name="code"
    )
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea({"rows": 3}), min_length=10, max_length=400
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.using(READER).filter(  # type: ignore[attr-defined]
            state="ADMITTED"
        )
        self.fields["chip"].queryset = ChipModel.objects.using(READER)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the subject's id; a member or chip must be named when it stops."""
        given = super().clean() or {}
        named = {"MEMBER": "member", "CHIP": "chip"}.get(given.get("scope", ""))
        if named and given.get(named) is None:
            self.add_error(named, _("Choose one."))
        given["subject_id"] = given[named].pk if named and given.get(named) else None
        return given


class ReasonForm(forms.Form):
    """Why trading resumes."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea({"rows": 3}), min_length=10, max_length=400
    )


@require_safe
@for_members("REGULATOR", "OPERATOR")
def interventions(request: HttpRequest) -> HttpResponse:
    """List halts in force, what waits for a second person, and what is over."""
    halts = list(halts_in_force(READER)[:50])
    waiting = list(open_interventions(READER)[:50])
    page = page_of(request, past_interventions(READER))
    rows: list[Any] = [*halts, *waiting, *page]
    names = subject_names({(row.scope, row.subject_id) for row in rows}, READER)
    for row in rows:
        row.subject = names.get((row.scope, row.subject_id), SCOPES[row.scope])
    for row in [*waiting, *page]:
        _dress(row)
    return TemplateResponse(
        request,
        "oversight/interventions.html",
        {
            "halts": halts,
            "waiting": waiting,
            "page": page,
            "may_act": acting_of(request).has("REGULATOR") and acting_of(request).may_trade,
        },
    )


@require_safe
@for_members("REGULATOR", "OPERATOR")
def intervention(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one act, who stands behind it, and what this reader may do about it."""
    row = intervention_with(pk, using=READER)
    if row is None:
        raise Http404
    return _one(request, row)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("REGULATOR", writes=True)
@second_look
def emergency(request: HttpRequest) -> HttpResponse:
    """Stop trading at once, on one word, for thirty minutes."""
    form = HaltForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = emergency_halt(
                scope=form.cleaned_data["scope"],
                subject_id=form.cleaned_data["subject_id"],
                reason=form.cleaned_data["reason"],
                person_id=acting_of(request).person_id or 0,
                wall=wall_now(),
                now=market_now(),
            )
        except Refused as refusal:
            _put(form, refusal)
        else:
            messages.warning(request, str(_("Trading is halted. A second person must confirm.")))
            return _to(row.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "emergency": True}
    return TemplateResponse(request, "oversight/halt.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("REGULATOR", writes=True)
@second_look
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a planned halt, or with `?halt=` the resume of one; nothing happens yet."""
    resumed = request.GET.get("halt", "")
    halt_id = int(resumed) if resumed.isascii() and resumed.isdigit() else None
    halt = halts_in_force(READER).filter(pk=halt_id).first() if halt_id else None
    if resumed and halt is None:
        raise Http404
    form = (ReasonForm if halt else HaltForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = propose_intervention(
                kind="RESUME" if halt else "HALT",
                scope=form.cleaned_data.get("scope", "MARKET"),
                subject_id=form.cleaned_data.get("subject_id"),
                halt_id=halt_id,
                reason=form.cleaned_data["reason"],
                person_id=acting_of(request).person_id or 0,
                wall=wall_now(),
                now=market_now(),
            )
        except Refused as refusal:
            _put(form, refusal)
        else:
            messages.success(request, str(_("Proposed. It waits for a second person.")))
            return _to(row.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "halt": halt, "emergency": False}
    return TemplateResponse(request, "oversight/halt.html", context, status=status)


@require_POST
@for_members("REGULATOR", writes=True)
@second_look
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Be the second pair of eyes."""
    try:
        approve_intervention(
            intervention_id=pk,
            person_id=acting_of(request).person_id or 0,
            wall=wall_now(),
            now=market_now(),
        )
    except Refused as refusal:
        return _refused(request, pk, refusal)
    messages.success(request, str(_("Done. Two people stand behind it.")))
    return _to(pk)


@require_POST
@for_members("REGULATOR", writes=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own proposal."""
    try:
        withdraw_intervention(
            intervention_id=pk,
            person_id=acting_of(request).person_id or 0,
            wall=wall_now(),
            now=market_now(),
        )
    except Refused as refusal:
        return _refused(request, pk, refusal)
    messages.success(request, str(_("Withdrawn.")))
    return _to(pk)


def _to(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("oversight:intervention", args=[pk]))


def _put(form: forms.Form, refusal: Refused) -> None:
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, sentence_of(refusal))


def _refused(request: HttpRequest, pk: int, refusal: Refused) -> HttpResponse:
    row = intervention_with(pk, using=READER)
    if row is None:
        raise Http404
    return _one(request, row, refusal=sentence_of(refusal), status=refusal.status)


def _one(
    request: HttpRequest, row: Intervention, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    acting = acting_of(request)
    _dress(row)
    names = subject_names({(row.scope, row.subject_id)}, READER)
    waits = row.state in {"PROPOSED", "IN_EFFECT"} and row.expires_at > wall_now()
    decides = acting.has("REGULATOR") and acting.may_trade
    own = acting.person_id == row.proposed_by_id
    context = {
        "row": row,
        "subject": names.get((row.scope, row.subject_id), SCOPES[row.scope]),
        "waits": waits,
        "own": own,
        "may_approve": waits and decides and not own,
        "may_withdraw": own and row.state == "PROPOSED",
        "refusal": refusal,
        "halted": row.halt is not None and row.halt.resumed_at is None,
        "may_act": decides,
    }
    return TemplateResponse(request, "oversight/intervention.html", context, status=status)


def _dress(row: Any) -> None:
    row.shown_kind = INTERVENTION_KINDS[row.kind]
    row.shown = INTERVENTION_STATES[row.state]
