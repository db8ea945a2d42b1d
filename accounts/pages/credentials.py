"""API credentials of the own member. Issuing one asks for the password again."""

from allauth.account.decorators import reauthentication_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import issue_credential, revoke_credential
from accounts.pages.forms import CredentialForm
from accounts.pages.refusing import show
from accounts.queries import credentials_of
from counter.access import acting_of, for_members
from counter.paging import page_of
from exchange.refusal import NotPermitted, Refused
from timetable.queries import market_now


@require_safe
@for_members()
def credentials(request: HttpRequest) -> HttpResponse:
    """Show the member's credentials and when each was last used."""
    acting = acting_of(request)
    if not acting.admitted:
        raise Http404
    page = page_of(request, credentials_of(acting.member_id or 0))
    return TemplateResponse(
        request,
        "accounts/credentials.html",
        {"page": page, "manages": acting.role == "ADMIN"},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
@reauthentication_required  # type: ignore[untyped-decorator]
def new_credential(request: HttpRequest) -> HttpResponse:
    """Ask for name and rights; on POST show the secret, this once."""
    acting = acting_of(request)
    if not acting.admitted:
        raise Http404
    if acting.role != "ADMIN":
        raise NotPermitted
    form = CredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_credential(
                member_id=acting.member_id or 0,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                by_person_id=acting.person_id or 0,
                now=market_now(),
            )
        except Refused as refusal:
            show(form, refusal)
        else:
            facts = {"issued": issued, "origin": f"{request.scheme}://{request.get_host()}"}
            return TemplateResponse(request, "accounts/credential_issued.html", facts)
    return TemplateResponse(
        request,
        "accounts/new_credential.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
def revoke(request: HttpRequest, application_id: int) -> HttpResponse:
    """Ask once more; on POST end the credential and its tokens."""
    acting = acting_of(request)
    credential = credentials_of(acting.member_id or 0).filter(pk=application_id).first()
    if credential is None:
        raise Http404
    if request.method == "POST":
        revoke_credential(
            member_id=acting.member_id or 0,
            application_id=application_id,
            by_person_id=acting.person_id or 0,
            now=market_now(),
        )
        return redirect("accounts:credentials")
    return TemplateResponse(request, "accounts/revoke_credential.html", {"credential": credential})
