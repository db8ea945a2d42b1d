"""Settle sealed usage: each run posts only what it changes."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.actions.damages import collect_damages
from billing.domain.rating import Charge, worth
from billing.domain.settlement_posting import settlement_lines
from billing.models import Settlement
from billing.queries.settlements import metered_hours, settled_charge, versions_of
from contracts.actions import complete_agreement
from contracts.models import Agreement
from delivery.models import SealedUsage
from ledger.actions import release_hold, spend_hold
from ledger.queries import hold_remaining


@transaction.atomic
def settle_usage(*, usage_id: int, now: datetime) -> Settlement:
    """Settle one sealed hour in its run and return the settlement; again changes nothing.

    Posts the difference between what the agreement is worth with this hour and what was
    posted before, from the agreement's hold. With the last hour the agreement is completed
    and the hold's remainder returns to the buyer. Refuses with FundsShort when a later run
    needs more than the hold and the buyer's funds have.
    """
    usage = (
        SealedUsage.objects.select_related("allocation__agreement")
        .select_for_update(no_key=True, of=("allocation__agreement",))
        .get(pk=usage_id)
    )
    agreement = usage.allocation.agreement
    if before := Settlement.objects.filter(usage_id=usage_id).first():
        return before
    metered = metered_hours(agreement.pk, usage_id)
    versions = versions_of([agreement.pk])[agreement.pk]
    whole = worth(versions, metered)
    difference = whole - settled_charge(agreement.pk)
    _post(agreement, usage, difference, now)
    complete = len({hour.hour_start for hour in metered}) == _hours_of(agreement)
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
    if difference.damages_micros or whole.damages_micros:
        collect_damages(agreement_id=agreement.pk, now=now)
    if complete and agreement.state == "IN_FORCE":
        complete_agreement(agreement_id=agreement.pk, now=now)
    record_deed(
        verb="USAGE_SETTLED",
        subject=f"agreement:{agreement.pk}",
        facts={"usage": usage_id, "run": usage.run, "value_micros": difference.value_micros},
        now=now,
    )
    return settlement


def _post(agreement: Agreement, usage: SealedUsage, difference: Charge, now: datetime) -> None:
    lines = settlement_lines(difference, seller_id=agreement.seller_id)
    if not lines:
        return
    spend_hold(
        reason=f"trade:{agreement.trade_id}",
        lines=lines,
        key=f"settlement:{usage.pk}",
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
    reason = f"trade:{agreement.trade_id}"
    remaining = hold_remaining(reason)
    if remaining:
        release_hold(
            reason=reason, amount_micros=remaining, key=f"settlement:{usage.pk}:rest", now=now
        )
    return remaining
