"""Settle sealed usage: each run posts only what it changes."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.actions.damages import collect_damages
from billing.domain.link_rating import link_worth
from billing.domain.rating import Charge, worth
from billing.domain.settlement_posting import settlement_key, settlement_lines
from billing.models import Settlement
from billing.queries.settlements import metered_hours, settled_charge, versions_of
from contracts.actions import complete_agreement
from contracts.models import Agreement
from contracts.queries import beside, link_terms_of
from delivery.models import SealedUsage
from ledger.actions import release_hold, spend_hold
from ledger.queries import hold_remaining


@transaction.atomic
def settle_usage(*, usage_id: int, now: datetime) -> Settlement:
    """Settle one sealed hour in its run and return the settlement; again changes nothing.

    Posts the difference between what the agreement is worth with this hour and what was
    posted before, from the agreement's hold; and the same for the link beside the devices.
    With the last hour the agreements are completed and their holds' remainders return to the
    buyer. Refuses with FundsShort when a later run needs more than the hold and the buyer's
    funds have.
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
    complete = len({hour.hour_start for hour in metered}) == _hours_of(agreement)
    versions = versions_of([agreement.pk])[agreement.pk]
    whole = worth(versions, metered)
    settlement = _settle(agreement, usage, whole, complete=complete, now=now)
    if settlement.damages_micros or whole.damages_micros:
        collect_damages(agreement_id=agreement.pk, now=now)
    for link in beside(agreement):
        carried = link_worth(link_terms_of(link.pk), metered)
        _settle(link, usage, carried, complete=complete, now=now)
    return settlement


def _settle(
    agreement: Agreement, usage: SealedUsage, whole: Charge, *, complete: bool, now: datetime
) -> Settlement:
    """Post what the hour changes of an agreement's worth, and keep it as a row."""
    difference = whole - settled_charge(agreement.pk)
    _post(agreement, usage, difference, now)
    settlement = Settlement.objects.create(
        agreement=agreement,
        usage=usage,
        run=usage.run,
        hour_start=usage.hour_start,
        delivered_device_seconds=usage.delivered_device_seconds,
        value_micros=difference.value_micros,
        vat_micros=difference.vat_micros,
        damages_micros=difference.damages_micros,
        fee_micros=difference.fee_micros,
        fee_vat_micros=difference.fee_vat_micros,
        released_micros=_release(agreement, usage, now) if complete else 0,
        settled_at=now,
    )
    if complete and agreement.state == "IN_FORCE":
        complete_agreement(agreement_id=agreement.pk, now=now)
    record_deed(
        verb="USAGE_SETTLED",
        subject=f"agreement:{agreement.pk}",
        facts={"usage": usage.pk, "run": usage.run, "value_micros": difference.value_micros},
        now=now,
    )
    return settlement


def _post(agreement: Agreement, usage: SealedUsage, difference: Charge, now: datetime) -> None:
    lines = settlement_lines(difference, seller_id=agreement.seller_id)
    if not lines:
        return
    spend_hold(
        reason=agreement.hold_reason,
        lines=lines,
        key=settlement_key(usage.pk, link=agreement.link_trade_id is not None),
        kind="SETTLEMENT",
        facts={
            "agreement": agreement.number,
            "hour_start": usage.hour_start.isoformat(),
            "run": usage.run,
            "device_seconds": usage.delivered_device_seconds,
        },
        rest_from_trading=True,
        now=now,
    )


def _hours_of(agreement: Agreement) -> int:
    return int((agreement.ends_at - agreement.starts_at).total_seconds()) // 3600


def _release(agreement: Agreement, usage: SealedUsage, now: datetime) -> int:
    remaining = hold_remaining(agreement.hold_reason)
    if remaining:
        key = settlement_key(usage.pk, link=agreement.link_trade_id is not None)
        release_hold(
            reason=agreement.hold_reason, amount_micros=remaining, key=f"{key}:rest", now=now
        )
    return remaining
