"""People and roles of the own member."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from accounts.actions import add_person, change_role, revoke_person
from accounts.models import Membership
from accounts.pages.forms import InvitationForm, RoleForm
from accounts.pages.invitations import write_to
from accounts.pages.refusing import show
from accounts.queries import people_of
from counter.access import acting_of, for_members
from exchange.refusal import NotPermitted, Refused
from timetable.queries import market_now


@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
def roles(request: HttpRequest) -> HttpResponse:
    """Show who works for the member; on POST an administrator invites somebody."""
    acting = acting_of(request)
    if acting.member_id is None:
        return redirect("accounts:onboarding")
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_person(
                member_id=acting.member_id,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                by_person_id=acting.person_id or 0,
                now=market_now(),
            )
        except NotPermitted:
            raise
        except Refused as refusal:
            show(form, refusal)
        else:
            write_to(request, form.cleaned_data["email"])
            return redirect("accounts:roles")
    return TemplateResponse(
        request,
        "accounts/roles.html",
        {
            "people": people_of(acting.member_id),
            "form": form,
            "manages": acting.role == "ADMIN",
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a person of the member; on POST change the role or end the membership."""
    acting = acting_of(request)
    membership = people_of(acting.member_id or 0).filter(person_id=person_id).first()
    if membership is None:
        raise Http404
    if acting.role != "ADMIN":
        raise NotPermitted
    form = RoleForm(request.POST or None, initial={"role": membership.role})
    if request.method == "POST":
        try:
            _change(request, membership, form)
        except Refused as refusal:
            show(form, refusal)
        else:
            return redirect("accounts:roles")
    return TemplateResponse(
        request,
        "accounts/person.html",
        {"membership": membership, "form": form},
        status=422 if form.errors else 200,
    )


def _change(request: HttpRequest, membership: Membership, form: RoleForm) -> None:
    acting, now = acting_of(request), market_now()
    who = {"member_id": membership.member_id, "person_id": membership.person_id}
    if request.POST.get("act") == "revoke":
        form.is_valid()
        form.errors.clear()
        revoke_person(**who, by_person_id=acting.person_id or 0, now=now)
    elif form.is_valid():
        change_role(
            **who, role=form.cleaned_data["role"], by_person_id=acting.person_id or 0, now=now
        )
