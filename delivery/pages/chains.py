"""A delivery's substitution as its page tells it: what replaced it, why, and who pays."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Allocation
from delivery.pages.words import STATES, StateWords
from delivery.queries import Station, chain_for

COVERS = {
    "SEEKING": StateWords("now", "clock", gettext_lazy("A substitute is sought")),
    "ORDERED": StateWords("now", "clock", gettext_lazy("A substitute is ordered")),
    "REPLACED": StateWords("ok", "check", gettext_lazy("Replaced")),
    "UNCOVERED": StateWords("warn", "x", gettext_lazy("Not replaced")),
}
WHY: dict[str, str | Promise] = {
    "NOTHING_FITS": gettext_lazy("Nothing equal or better is offered for the rest."),
    "ABOVE_CAP": gettext_lazy("What is offered costs more than the cap of damages."),
    "FUNDS_SHORT": gettext_lazy("The seller's funds do not cover what it costs more."),
    "NOT_FILLED": gettext_lazy("The offer was gone when it was ordered."),
    "RESUMED": gettext_lazy("The site delivers again."),
    "RECALLED": gettext_lazy("The seller recalled the devices."),
    "TOO_LATE": gettext_lazy("No hour of the window trades any more."),
    "LINK": gettext_lazy("A link goes with the devices; both are not moved together yet."),
    "NO_GUARANTEE": gettext_lazy("Surplus is sold without a guarantee."),
    "CHAIN_TOO_LONG": gettext_lazy("It was replaced three times already."),
}


@dataclass(frozen=True)
class Shown:
    """One line of the chain."""

    allocation: Allocation
    state: StateWords
    cover: StateWords | None
    why: str
    covers_from: object
    cost_micros: int | None
    payer: str


def chain_shown(row: Allocation, reader_id: int | None) -> list[Shown]:
    """Return the lines of the chain for a reader; None oversees."""
    return [_shown(station, reader_id) for station in chain_for(row, reader_id)]


def _shown(station: Station, reader_id: int | None) -> Shown:
    row, sub = station.allocation, station.substitution
    if sub is None:
        return Shown(row, STATES[row.state], None, "", None, None, "")
    replaced = sub.state == "REPLACED"
    seller = row.agreement.seller
    payer = _("you") if seller.pk == reader_id else seller.name
    return Shown(
        allocation=row,
        state=STATES[row.state],
        cover=COVERS[sub.state],
        why=str(WHY.get(sub.reason, _("The market refused it: %(code)s.") % {"code": sub.reason}))
        if sub.reason
        else "",
        covers_from=sub.covers_from if replaced else None,
        cost_micros=sub.cost_micros if replaced else None,
        payer=payer if replaced and sub.cost_micros else "",
    )
