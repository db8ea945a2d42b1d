"""The sieve in words: what each condition leaves of the offers."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counter.pictures import SieveRow
from counter.templatetags.figures import whole
from exchange.book import SieveStep

WORDS: dict[str, str | Promise] = {
    "OPEN": _("All offers in the book"),
    "FAMILY": _("Of the chips that you accept"),
    "CHIP": _("Of the chip models that you accept"),
    "STACK": _("With your software"),
    "MEMORY": _("With enough memory"),
    "SCALE_UP": _("Fast enough inside the node"),
    "SCALE_OUT": _("Fast enough between nodes"),
    "ZONE": _("In the places that you accept"),
    "PUE": _("Within your PUE"),
    "CARBON": _("Within your carbon"),
    "FIRMNESS": _("As firm as you ask"),
    "RTT": _("Within your round-trip time"),
    "LINK": _("With a link to your city for those hours"),
    "WINDOW": _("Inside your window"),
    "AMOUNT": _("With enough devices for the whole time"),
    "PRICE": _("At or under your limit"),
}
ALWAYS = {"OPEN", "WINDOW", "AMOUNT", "PRICE"}


def sieve_rows(steps: Sequence[SieveStep]) -> list[SieveRow]:
    """Return the conditions that take something away, and the four that always say how many."""
    greatest = steps[0].survivors if steps else 0
    rows = []
    before = greatest
    for step in steps:
        if step.code in ALWAYS or step.survivors < before:
            share = step.survivors * 100 // greatest if greatest else 0
            rows.append(SieveRow(str(WORDS[step.code]), whole(step.survivors), share))
        before = step.survivors
    return rows
