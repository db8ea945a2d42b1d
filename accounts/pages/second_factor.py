"""Says why a second factor is needed, and where to set one up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members


@require_safe
@for_members()
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show the way to a second factor; whoever needs none goes home."""
    if not acting_of(request).lacks_second_factor:
        return redirect("/")
    return TemplateResponse(request, "accounts/second_factor.html")
