"""Who may read an agreement, and in what words it is shown to them."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contracts.adapters.agreement_paper import PaperLanguage
from contracts.models import Agreement
from contracts.queries import agreement_for, any_agreement
from counter.acting import Acting


@dataclass(frozen=True)
class StateWords:
    """How a state looks as a tag."""

    kind: str
    icon: str
    text: str | Promise


STATES = {
    "DRAFTED": StateWords("now", "clock", _("Waits for a signature")),
    "IN_FORCE": StateWords("ok", "check", _("In force")),
    "COMPLETED": StateWords("", "check", _("Completed")),
    "TERMINATED": StateWords("danger", "x", _("Terminated")),
}


def readable(acting: Acting, number: str) -> Agreement:
    """Return the agreement if the caller is a party, a regulator or the operator; else 404."""
    if acting.oversees:
        agreement = any_agreement(number)
    else:
        agreement = agreement_for(acting.member_id or 0, number)
    if agreement is None:
        raise Http404
    return agreement


def text_language(wanted: str) -> PaperLanguage:
    """Return the language of a contract's text: the one asked for, else the page's."""
    if wanted == "both":
        return "both"
    if wanted in {"en", "zh"}:
        return "en" if wanted == "en" else "zh"
    return "zh" if (get_language() or "").startswith("zh") else "en"
