"""Settle sealed usage of devices: each run posts only what it changes."""

from datetime import datetime

from django.db import transaction

from billing.actions.damages import collect_damages
from billing.actions.settling import MetersWord, hours_of, settle_hour
from billing.domain.link_rating import link_worth
from billing.domain.rating import MeteredHour, worth
from billing.domain.settlement_posting import settlement_key
from billing.models import Settlement
from billing.queries.settlements import metered_hours, versions_of
from contracts.models import Agreement
from contracts.queries import beside, link_terms_of
from delivery.models import SealedUsage


@transaction.atomic
def settle_usage(*, usage_id: int, now: datetime) -> Settlement:
    """Settle one sealed hour in its run and return the settlement; again changes nothing.

    Posts the difference between what the agreement is worth with this hour and what was
    posted before, from the agreement's hold; and the same for the links beside the devices in
    that hour, unless they have meters of their own. With its last hour an agreement is completed
    and its hold's remainder returns to the buyer. Refuses with FundsShort when a later run
    needs more than the hold and the buyer's funds have.
    """
    usage = (
        SealedUsage.objects.select_related("allocation__agreement")
        .select_for_update(no_key=True, of=("allocation__agreement",))
        .get(pk=usage_id)
    )
    agreement = usage.allocation.agreement
    if before := Settlement.objects.filter(usage_id=usage_id, agreement=agreement).first():
        return before
    metered = metered_hours(agreement.pk, usage_id)
    complete = len({hour.hour_start for hour in metered}) == hours_of(agreement)
    whole = worth(versions_of([agreement.pk])[agreement.pk], metered)
    settlement = settle_hour(
        agreement, _word_of(usage, agreement), whole, complete=complete, now=now
    )
    if settlement.damages_micros or whole.damages_micros:
        collect_damages(agreement_id=agreement.pk, now=now)
    for link in beside(agreement):
        if link.starts_at <= usage.hour_start < link.ends_at:
            _settle_link(link, usage, metered, now)
    return settlement


def _settle_link(
    link: Agreement, usage: SealedUsage, metered: list[MeteredHour], now: datetime
) -> None:
    """Settle the hour for a link beside the devices, unless it has a meter of its own."""
    terms = link_terms_of(link.pk)
    if terms.has_own_meter:
        return
    own = [hour for hour in metered if link.starts_at <= hour.hour_start < link.ends_at]
    complete = len({hour.hour_start for hour in own}) == hours_of(link)
    word = _word_of(usage, link)
    settle_hour(link, word, link_worth(terms, own), complete=complete, now=now)


def _word_of(usage: SealedUsage, agreement: Agreement) -> MetersWord:
    seconds = usage.delivered_device_seconds
    return MetersWord(
        key=settlement_key(usage.pk, agreement=agreement.number),
        hour_start=usage.hour_start,
        run=usage.run,
        columns={"usage": usage, "delivered_device_seconds": seconds},
        facts={"device_seconds": seconds},
    )
