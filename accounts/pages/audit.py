"""The audit trail: what the own member did, and the chain that nobody can edit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.queries import chain_head, daily_heads, deeds_of, people_named, verify_chain
from counter.access import acting_of, for_members
from counter.paging import page_of

WHY = {
    "a deed is missing": _("A deed is missing."),
    "the order of deeds was changed": _("The order of deeds was changed."),
    "the deed was changed": _("The deed was changed."),
    "the end of the chain was cut": _("The end of the chain was cut."),
    "the record of sealing is missing": _("The record of sealing is missing."),
    "the chain differs from a head that was published": _(
        "The chain differs from a head that was published."
    ),
}


@require_safe
@for_members()
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Show the member's deeds, newest first."""
    acting = acting_of(request)
    if acting.member_id is None:
        return redirect("accounts:onboarding")
    page = page_of(request, deeds_of(acting.member_id))
    names = people_named({deed.actor_person_id for deed in page if deed.actor_person_id})
    rows = [(deed, names.get(deed.actor_person_id or 0, "")) for deed in page]
    return TemplateResponse(request, "accounts/audit.html", {"page": page, "rows": rows})


@require_safe
def audit_chain(request: HttpRequest) -> HttpResponse:
    """Show the chain's head to anybody; regulators and operators may verify all of it."""
    acting = acting_of(request)
    may_verify = acting.oversees
    proof = verify_chain() if may_verify and "verify" in request.GET else None
    sequence, head = chain_head()
    return TemplateResponse(
        request,
        "accounts/audit_chain.html",
        {
            "sequence": sequence,
            "head": head,
            "heads": daily_heads(),
            "may_verify": may_verify,
            "proof": proof,
            "why": WHY.get(proof.broken.why, "") if proof and proof.broken else "",
        },
    )
