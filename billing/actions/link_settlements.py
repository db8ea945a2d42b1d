"""Settle sealed hours of links with their carriers: each run posts only what it changes."""

from datetime import datetime

from django.db import transaction

from billing.actions.settling import MetersWord, hours_of, settle_hour
from billing.domain.link_rating import metered_link_worth
from billing.domain.settlement_posting import link_settlement_key
from billing.models import Settlement
from billing.queries.settlements import metered_link_hours
from contracts.queries import link_terms_of
from delivery.models import SealedLinkHour


@transaction.atomic
def settle_link_hour(*, link_hour_id: int, now: datetime) -> Settlement:
    """Settle one sealed hour of a link in its run, by its own meter; again changes nothing.

    Posts the difference between what the agreement is worth with this hour and what was
    posted before, from its hold. With the last hour the agreement is completed and the
    hold's remainder returns to the buyer. Refuses with FundsShort when a later run needs
    more than the hold and the buyer's funds have.
    """
    sealed = (
        SealedLinkHour.objects.select_related("link_delivery__agreement")
        .select_for_update(no_key=True, of=("link_delivery__agreement",))
        .get(pk=link_hour_id)
    )
    agreement = sealed.link_delivery.agreement
    if before := Settlement.objects.filter(link_hour_id=link_hour_id).first():
        return before
    metered = metered_link_hours(agreement.pk, link_hour_id)
    word = MetersWord(
        key=link_settlement_key(sealed.pk),
        hour_start=sealed.hour_start,
        run=sealed.run,
        columns={
            "link_hour": sealed,
            "available_gbps_seconds": sealed.available_gbps_seconds,
            "moved_mb": sealed.moved_mb,
        },
        facts={"gbps_seconds": sealed.available_gbps_seconds, "moved_mb": sealed.moved_mb},
    )
    return settle_hour(
        agreement,
        word,
        metered_link_worth(link_terms_of(agreement.pk), metered),
        complete=len({hour.hour_start for hour in metered}) == hours_of(agreement),
        now=now,
    )
