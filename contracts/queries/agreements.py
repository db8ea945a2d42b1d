"""Which trades wait, which agreements a member has, and what their terms are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from contracts.domain.link_terms import LINK_FORM, LinkTerms
from contracts.domain.terms import Terms
from contracts.models import Agreement, AgreementVersion, Signature
from marketplace.models import Trade


def trades_awaiting_agreement(limit: int) -> list[int]:
    """Return the ids of the oldest trades that have no agreement yet."""
    waiting = Trade.objects.filter(agreement=None).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:limit])


def drafts_past_their_start(now: datetime, limit: int) -> list[int]:
    """Return agreements whose window has begun although a signature is missing."""
    late = Agreement.objects.filter(state="DRAFTED", starts_at__lte=now).order_by("pk")
    return list(late.values_list("pk", flat=True)[:limit])


def agreements_of(member_id: int) -> QuerySet[Agreement]:
    """Return the agreements to which the member is a party, newest first."""
    parties = Q(buyer_id=member_id) | Q(seller_id=member_id)
    return _with_parties().filter(parties)


def _with_parties() -> QuerySet[Agreement]:
    return Agreement.objects.select_related(
        "buyer",
        "seller",
        "trade__pool__chip",
        "trade__pool__site__zone",
        "link_trade__link__city",
        "link_trade__link__zone",
    )


def beside(agreement: Agreement) -> list[Agreement]:
    """Return the agreements that bind together with this one: of its devices first, then links."""
    if agreement.link_trade is None:
        return list(Agreement.objects.filter(link_trade__trade=agreement.trade_id).order_by("pk"))
    trade_id = agreement.link_trade.trade_id
    links = Agreement.objects.filter(link_trade__trade=trade_id).exclude(pk=agreement.pk)
    return [*Agreement.objects.filter(trade=trade_id), *links.order_by("pk")]


def agreement_for(member_id: int, number: str) -> Agreement | None:
    """Return the member's agreement of that number; none for strangers."""
    return agreements_of(member_id).filter(number=number).first()


def any_agreement(number: str) -> Agreement | None:
    """Return the agreement of that number, whoever the parties are: for those who oversee."""
    return _with_parties().filter(number=number).first()


def versions_of(agreement_id: int) -> list[AgreementVersion]:
    """Return the versions of an agreement, newest first."""
    return list(AgreementVersion.objects.filter(agreement_id=agreement_id).order_by("-version"))


def signatures_of(version_id: int) -> list[Signature]:
    """Return who signed a version, the buyer first."""
    rows = Signature.objects.filter(version_id=version_id).order_by("party")
    return list(rows.select_related("member", "person", "by_acceptance__standard_terms"))


def version_of(agreement_id: int, at: datetime | None = None) -> AgreementVersion:
    """Return the newest version of an agreement, or the one in effect at an instant."""
    versions = AgreementVersion.objects.filter(agreement_id=agreement_id)
    if at is not None:
        versions = versions.filter(effective_from__lte=at)
    return versions.order_by("-version")[:1].get()


def terms_of(agreement_id: int, at: datetime | None = None) -> Terms:
    """Return the terms of an agreement on devices: the newest, or those at an instant."""
    return Terms.from_json(version_of(agreement_id, at).terms)


def link_terms_of(agreement_id: int) -> LinkTerms:
    """Return the newest terms of an agreement on a link."""
    return LinkTerms.from_json(version_of(agreement_id).terms)


def read_terms(document: Mapping[str, Any]) -> Terms | LinkTerms:
    """Read a stored document of either form."""
    form = LinkTerms if document["form"] == LINK_FORM else Terms
    return form.from_json(document)
