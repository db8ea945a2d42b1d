"""Conclude the agreements of a trade: freeze their terms, sign by standing acceptance."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions import record_deed
from contracts.actions.refusals import NoStandardTerms
from contracts.domain.link_terms import (
    LEAST_BANDWIDTH_BP,
    MOST_RTT_BP,
    OWN_METER_RULE,
    LinkTerms,
)
from contracts.domain.terms import Terms, terms_of
from contracts.models import Agreement, AgreementVersion, Signature, StandardTerms
from contracts.queries import (
    acceptance_of,
    beside,
    facts_of_link,
    facts_of_trade,
    parameters_of,
    standard_terms_at,
)
from exchange.window import delivery_day
from marketplace.models import LinkTrade, Trade


@transaction.atomic
def conclude_agreement(*, trade_id: int, now: datetime) -> Agreement:
    """Make the one agreement of a trade, once; later calls return it.

    Each link that was sold with the devices gets an agreement of its own, with its carrier; all
    bind together. All parties sign by their standing acceptance of the standard terms;
    where one has not accepted them, the agreements stay drafted until it signs. Refuses with
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
        terms = terms_of(facts_of_trade(trade_id), parameters_of(standard))
        _draft(agreement, terms, standard, now)
        links = LinkTrade.objects.select_related("link").filter(trade_id=trade_id)
        for nth, link in enumerate(links.order_by("pk"), 1):
            _conclude_link(link, agreement, standard, now, nth=nth)
        put_in_force(agreement, now)
        agreement.refresh_from_db()
    return agreement


def _conclude_link(
    link: LinkTrade, devices: Agreement, standard: StandardTerms, now: datetime, *, nth: int
) -> None:
    agreement = Agreement.objects.create(
        link_trade=link,
        number=f"{devices.number}-L{nth if nth > 1 else ''}",
        buyer_id=link.buyer_id,
        seller_id=link.carrier_id,
        starts_at=link.starts_at,
        ends_at=link.ends_at,
        concluded_at=now,
    )
    terms = LinkTerms(
        **vars(facts_of_link(link.pk, devices.number)),
        **(_own_meter() if link.link.connector else {}),
        standard_terms_version=standard.version,
        dispute_days=standard.dispute_days,
    )
    _draft(agreement, terms, standard, now)


def _own_meter() -> dict[str, Any]:
    """Return the terms of a link that is metered; any other goes by the devices beside it."""
    return {
        "metering_rule": OWN_METER_RULE,
        "least_bandwidth_bp": LEAST_BANDWIDTH_BP,
        "most_rtt_bp": MOST_RTT_BP,
    }


def _draft(
    agreement: Agreement, terms: Terms | LinkTerms, standard: StandardTerms, now: datetime
) -> None:
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
        facts={"number": agreement.number, "trade": terms.trade_id, "sha256": terms.sha256},
        now=now,
    )
    for party, member_id in (("BUYER", agreement.buyer_id), ("SELLER", agreement.seller_id)):
        _sign_by_acceptance(version, party, member_id, standard, now)


def _sign_by_acceptance(
    version: AgreementVersion, party: str, member_id: int, standard: StandardTerms, now: datetime
) -> None:
    acceptance = acceptance_of(member_id, standard.pk)
    if acceptance is None:
        return
    Signature.objects.create(
        version=version,
        member_id=member_id,
        party=party,
        signed_sha256=version.terms_sha256,
        by_acceptance=acceptance,
        signed_at=now,
    )


def put_in_force(agreement: Agreement, now: datetime) -> None:
    """Let what all have signed bind them: devices and the links beside them, or none."""
    pair = [agreement, *beside(agreement)]
    signed = Signature.objects.filter(version__agreement__in=pair)
    if signed.count() < 2 * len(pair) or any(one.state != "DRAFTED" for one in pair):
        return
    for one in pair:
        one.state = "IN_FORCE"
        one.in_force_at = now
        one.save(update_fields=["state", "in_force_at"])
