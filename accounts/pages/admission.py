"""The operator's queue of applicants and its list of members."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import admit_member, refuse_member, restore_member, suspend_member
from accounts.models import Member, MemberState
from accounts.pages.forms import ReasonForm
from accounts.pages.refusing import show
from accounts.queries import (
    application_of,
    joining_of,
    members_awaiting_admission,
    members_by_state,
    members_found,
    people_of,
)
from counter.access import acting_of, for_members
from counter.paging import page_of
from exchange.refusal import Refused
from timetable.queries import market_now


@require_safe
@for_members("OPERATOR")
def admission(request: HttpRequest) -> HttpResponse:
    """Show who waits for a decision, the longest first."""
    page = page_of(request, members_awaiting_admission())
    return TemplateResponse(
        request, "accounts/admission.html", {"page": page, "counts": members_by_state()}
    )


@require_safe
@for_members("OPERATOR")
def members(request: HttpRequest) -> HttpResponse:
    """Show all members, by state and by a word of their names."""
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    state = state if state in MemberState.values else ""
    counts = members_by_state()
    return TemplateResponse(
        request,
        "accounts/members.html",
        {
            "page": page_of(request, members_found(state=state, words=words)),
            "counts": counts,
            "state": state,
            "words": words,
            "states": [(value, counts.get(value, 0)) for value in MemberState.values],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("OPERATOR", writes=True)
def applicant(request: HttpRequest, member_id: int) -> HttpResponse:
    """Show what a member told of itself; on POST decide about it."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, member_id, form.cleaned_data["reason"])
        except Refused as refusal:
            show(form, refusal)
        else:
            return redirect("accounts:applicant", member_id=member_id)
    return TemplateResponse(
        request,
        "accounts/applicant.html",
        {
            "member": member,
            "application": application_of(member_id),
            "joining": joining_of(member),
            "people": people_of(member_id),
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@require_safe
@for_members("OPERATOR")
def application_document(request: HttpRequest, member_id: int) -> HttpResponse:
    """Hand out the document of an application, as a file that no browser runs."""
    application = application_of(member_id)
    if not application.document:
        raise Http404
    return HttpResponse(
        bytes(application.document),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="licence-{member_id}"'},
    )


def _decide(request: HttpRequest, member_id: int, reason: str) -> None:
    person_id, now = acting_of(request).person_id or 0, market_now()
    decision = request.POST.get("decision", "")
    if decision == "admit":
        admit_member(member_id=member_id, by_person_id=person_id, now=now)
    elif decision == "restore":
        restore_member(member_id=member_id, by_person_id=person_id, now=now)
    elif decision == "refuse":
        refuse_member(member_id=member_id, reason=reason, by_person_id=person_id, now=now)
    elif decision == "suspend":
        suspend_member(member_id=member_id, reason=reason, by_person_id=person_id, now=now)
    else:
        raise Http404
