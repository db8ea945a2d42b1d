"""Conclude the agreement of a trade: freeze its terms, sign by standing acceptance."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from contracts.actions.refusals import NoStandardTerms
from contracts.domain.terms import terms_of
from contracts.models import Agreement, AgreementVersion, Signature, StandardTerms
from contracts.queries import acceptance_of, facts_of_trade, parameters_of, standard_terms_at
from exchange.window import delivery_day
from marketplace.models import Trade


@transaction.atomic
def conclude_agreement(*, trade_id: int, now: datetime) -> Agreement:
    """Make the one agreement of a trade, once; later calls return it.

    Both parties sign by their standing acceptance of the standard terms; where one has
    not accepted them, the agreement stays drafted until it signs. Refuses with
    NoStandardTerms where none are in force.
    """
    trade = Trade.objects.get(pk=trade_id)
    standard = standard_terms_at(now)
    if standard is None:
        raise NoStandardTerms
    agreement, created = Agreement.objects.get_or_create(
        trade_id=trade_id,
        defaults={
            "number": f"GH-{delivery_day(trade.traded_at).year}-{trade_id:06d}",
            "buyer_id": trade.buyer_id,
            "seller_id": trade.seller_id,
            "starts_at": trade.starts_at,
            "ends_at": trade.ends_at,
            "concluded_at": now,
        },
    )
    if created:
        _draft(agreement, standard, now)
    return agreement


def _draft(agreement: Agreement, standard: StandardTerms, now: datetime) -> None:
    terms = terms_of(facts_of_trade(agreement.trade_id), parameters_of(standard))
    version = AgreementVersion.objects.create(
        agreement=agreement,
        version=1,
        terms=terms.as_json(),
        terms_sha256=terms.sha256,
        effective_from=now,
    )
    record_deed(
        verb="AGREEMENT_CONCLUDED",
        subject=f"agreement:{agreement.pk}",
        facts={"number": agreement.number, "trade": agreement.trade_id, "sha256": terms.sha256},
        now=now,
    )
    signed = [
        _sign_by_acceptance(version, party, member_id, standard, now)
        for party, member_id in (("BUYER", agreement.buyer_id), ("SELLER", agreement.seller_id))
    ]
    if all(signed):
        put_in_force(agreement, now)


def _sign_by_acceptance(
    version: AgreementVersion, party: str, member_id: int, standard: StandardTerms, now: datetime
) -> bool:
    acceptance = acceptance_of(member_id, standard.pk)
    if acceptance is None:
        return False
    Signature.objects.create(
        version=version,
        member_id=member_id,
        party=party,
        signed_sha256=version.terms_sha256,
        by_acceptance=acceptance,
        signed_at=now,
    )
    return True


def put_in_force(agreement: Agreement, now: datetime) -> None:
    """Let a drafted agreement, signed by both, bind them."""
    agreement.state = "IN_FORCE"
    agreement.in_force_at = now
    agreement.save(update_fields=["state", "in_force_at"])
