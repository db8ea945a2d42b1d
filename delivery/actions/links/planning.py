"""Plan a link's delivery, and move it; every move is checked by the table and written down."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions import record_deed
from contracts.domain.link_terms import LinkTerms
from contracts.models import Agreement
from contracts.queries import link_terms_of
from counter.waking import announce
from delivery.domain.link_lifecycle import LINK_DELIVERY_LIFECYCLE
from delivery.domain.link_metering import link_genesis
from delivery.domain.naming import base_name
from delivery.models import LinkDelivery, LinkEvent
from exchange.refusal import NotFound
from marketplace.models import CarrierLink


@transaction.atomic
def plan_link(*, agreement_id: int, now: datetime) -> LinkDelivery:
    """Plan the delivery of an agreement on a link, once: a second call returns the first's.

    Refuses an agreement that does not exist, is on devices, or goes by the devices beside it.
    """
    agreement = (
        Agreement.objects.select_for_update(of=("self",))
        .select_related("link_trade__link")
        .filter(pk=agreement_id)
        .first()
    )
    if agreement is None or agreement.link_trade is None:
        raise NotFound
    terms, link = link_terms_of(agreement_id), agreement.link_trade.link
    if not terms.has_own_meter:
        raise NotFound
    existing = LinkDelivery.objects.filter(agreement_id=agreement_id).first()
    if existing is not None:
        return existing
    row = _planned(agreement, link, terms, now)
    note_link(row, "PLANNED", now, agreement=agreement.number)
    record_deed(
        verb="LINK_PLANNED",
        subject=f"link_delivery:{row.pk}",
        now=now,
        member_id=agreement.seller_id,
        facts={"agreement": agreement.number, "gbps": terms.gbps, "gb": terms.gb},
    )
    announce("planned")
    return row


def _planned(
    agreement: Agreement, link: CarrierLink, terms: LinkTerms, now: datetime
) -> LinkDelivery:
    name = base_name(agreement.number)
    return LinkDelivery.objects.create(
        agreement=agreement,
        link=link,
        connector=link.connector,
        external_name=name,
        gbps=terms.gbps,
        gb=terms.gb,
        widest_gbps=max(terms.gbps, link.capacity_gbps),
        rtt_us=terms.rtt_us,
        least_mbps=terms.least_mbps,
        most_rtt_us=terms.most_rtt_us,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        state_since=now,
        chain_head=link_genesis(name),
        metered_until=agreement.starts_at,
        sealed_until=agreement.starts_at,
    )


def note_link(row: LinkDelivery, kind: str, now: datetime, **facts: Any) -> None:
    """Write down what happened to a link's delivery."""
    LinkEvent.objects.create(link_delivery=row, kind=kind, at=now, facts=facts)


def move_link(row: LinkDelivery, state: str, now: datetime, reason: str = "") -> None:
    """Move a locked delivery to a state, or refuse with MoveRefused; note the event."""
    LINK_DELIVERY_LIFECYCLE.check(row.state, state)
    row.state, row.state_since, row.state_reason = state, now, reason[:200]
    row.save(update_fields=["state", "state_since", "state_reason"])
    note_link(row, state, now, **({"reason": reason} if reason else {}))


def fail_link(row: LinkDelivery, reason: str, now: datetime) -> None:
    """Give a locked delivery up; its hours to come seal as undelivered."""
    move_link(row, "FAILED", now, reason)
    record_deed(
        verb="LINK_FAILED", subject=f"link_delivery:{row.pk}", now=now, facts={"reason": reason}
    )
