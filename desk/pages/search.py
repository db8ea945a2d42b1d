"""Search: a page, which ⌘K opens too."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members
from counter.context import address_of
from desk.queries.search import Hit, find

KINDS = {
    "AGREEMENT": (_("Agreement"), "contracts:agreement"),
    "TRADE": (_("Trade"), "desk:trade_trail"),
    "ORDER": (_("Order"), "marketplace:order"),
    "LISTING": (_("Listing"), "marketplace:listing"),
    "SITE": (_("Centre"), "marketplace:site"),
}


@require_safe
@for_members()
def search(request: HttpRequest) -> HttpResponse:
    """Show what `?q=` names among the caller's own things and the public centres."""
    words = request.GET.get("q", "")[:80]
    rows = [_row(hit) for hit in find(acting_of(request), words)]
    return TemplateResponse(request, "desk/search.html", {"words": words, "rows": rows})


def _row(hit: Hit) -> tuple[object, str, Hit]:
    title, view = KINDS[hit.kind]
    key: str | int = int(hit.key) if hit.key.isdecimal() else hit.key
    return title, address_of(view, key), hit
