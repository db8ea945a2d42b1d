"""Joining the exchange in five steps; each can be left and resumed."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import (
    apply_for_membership,
    choose_settling,
    send_application,
    settle_people,
    show_licence,
)
from accounts.domain.company_number import compact, is_company_number
from accounts.domain.joining import STEPS, Joining
from accounts.models import Member
from accounts.pages.forms import LicenceForm, OrganisationForm, SettlingForm
from accounts.pages.refusing import show
from accounts.queries import application_of, joining_of, member_with_id, people_of
from counter.access import acting_of, for_members
from counter.pictures import StepRow
from exchange.refusal import Refused
from timetable.queries import market_now

TITLES = {
    "organisation": _("Organisation"),
    "licence": _("Licence and documents"),
    "people": _("People and second factor"),
    "settling": _("Wallet or connector"),
    "terms": _("Standing terms"),
}
FORMS: dict[str, type[forms.Form]] = {
    "organisation": OrganisationForm,
    "licence": LicenceForm,
    "settling": SettlingForm,
}


@require_safe
@for_members()
def onboarding(request: HttpRequest) -> HttpResponse:
    """Go to the first open step; who has been decided about sees the decision."""
    member = _member(request)
    if member is None:
        return redirect("accounts:onboarding_step", step="organisation")
    joining = joining_of(member)
    if member.state != "APPLIED" or joining.submitted:
        return TemplateResponse(
            request,
            "accounts/application.html",
            {"member": member, "application": application_of(member.pk)},
        )
    return redirect("accounts:onboarding_step", step=joining.next_step())


@require_safe
def check_company_number(request: HttpRequest) -> HttpResponse:
    """Say, while it is typed, whether the company number can be right."""
    number = compact(request.GET.get("uscc", ""))
    return TemplateResponse(
        request,
        "accounts/_company_number.html",
        {"number": number, "missing": 18 - len(number), "valid": is_company_number(number)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
def onboarding_step(request: HttpRequest, step: str) -> HttpResponse:
    """Show a step; on POST take it and go on to the next open one."""
    member = _member(request)
    if step not in STEPS or (member is None and step != "organisation"):
        raise Http404
    if member is not None and (member.state != "APPLIED" or joining_of(member).submitted):
        return redirect("accounts:onboarding")
    form = _form(request, step, member)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _take(request, step, member, form)
        except Refused as refusal:
            form = form or forms.Form(request.POST)
            show(form, refusal)
        else:
            return redirect("accounts:onboarding")
    return TemplateResponse(
        request,
        f"accounts/onboarding_{step}.html",
        _facts(member, step, form),
        status=422 if form is not None and form.errors else 200,
    )


def _member(request: HttpRequest) -> Member | None:
    acting = acting_of(request)
    return member_with_id(acting.member_id) if acting.member_id else None


def _form(request: HttpRequest, step: str, member: Member | None) -> forms.Form | None:
    kind = FORMS.get(step)
    if kind is None or (step == "organisation" and member is not None):
        return None
    if request.method == "POST":
        return kind(request.POST, request.FILES)
    application = application_of(member.pk) if member else None
    return kind(
        initial={
            "licence_number": application.licence_number,
            "settling": application.settling,
        }
        if application
        else None
    )


def _take(request: HttpRequest, step: str, member: Member | None, form: forms.Form | None) -> None:
    acting, now = acting_of(request), market_now()
    person_id = acting.person_id or 0
    if member is None and form is not None:
        apply_for_membership(**form.cleaned_data, person_id=person_id, now=now)
        return
    assert member is not None
    if isinstance(form, LicenceForm):
        name, content = form.document_bytes()
        if form.cleaned_data["licence_number"] or content or joining_of(member).needs_licence:
            show_licence(
                member_id=member.pk,
                licence_number=form.cleaned_data["licence_number"],
                document_name=name,
                document=content,
                by_person_id=person_id,
                now=now,
            )
    elif isinstance(form, SettlingForm):
        settling = form.cleaned_data["settling"]
        choose_settling(member_id=member.pk, settling=settling, by_person_id=person_id, now=now)
    elif step == "people":
        settle_people(member_id=member.pk, by_person_id=person_id, now=now)
    elif step == "terms":
        send_application(member_id=member.pk, by_person_id=person_id, now=now)


def _facts(member: Member | None, step: str, form: forms.Form | None) -> dict[str, object]:
    joining = joining_of(member) if member else None
    return {
        "member": member,
        "application": application_of(member.pk) if member else None,
        "joining": joining,
        "form": form,
        "step": step,
        "rows": _rows(step, joining),
        "people": people_of(member.pk) if member else (),
    }


def _rows(step: str, joining: Joining | None) -> list[StepRow]:
    done = joining.done() if joining else frozenset()
    states = {name: "done" if name in done else "next" for name in STEPS} | {step: "now"}
    notes = {name: _("done") if name in done else "" for name in STEPS}
    return [StepRow(states[name], str(TITLES[name]), str(notes[name])) for name in STEPS]
