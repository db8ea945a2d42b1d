"""Post what a sealed hour changes of an agreement's worth, and keep it as a row."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.actions import record_deed
from billing.domain.rating import Charge
from billing.domain.settlement_posting import settlement_lines
from billing.models import Settlement
from billing.queries.settlements import settled_charge
from contracts.actions import complete_agreement
from contracts.models import Agreement
from ledger.actions import release_hold, spend_hold
from ledger.queries import hold_remaining


@dataclass(frozen=True)
class MetersWord:
    """A sealed hour in one run: the key of its posting, its columns here, its facts there."""

    key: str
    hour_start: datetime
    run: str
    columns: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def settle_hour(
    agreement: Agreement, word: MetersWord, whole: Charge, *, complete: bool, now: datetime
) -> Settlement:
    """Settle one hour of a locked agreement that is worth `whole` with it; return the row.

    With the last hour (`complete`) the agreement is completed, and what its hold has left
    returns to the buyer. Refuses with FundsShort when the buyer's funds do not reach.
    """
    difference = whole - settled_charge(agreement.pk)
    _post(agreement, word, difference, now)
    settlement = Settlement.objects.create(
        agreement=agreement,
        run=word.run,
        hour_start=word.hour_start,
        **word.columns,
        value_micros=difference.value_micros,
        vat_micros=difference.vat_micros,
        damages_micros=difference.damages_micros,
        fee_micros=difference.fee_micros,
        fee_vat_micros=difference.fee_vat_micros,
        released_micros=_release(agreement, word.key, now) if complete else 0,
        settled_at=now,
    )
    if complete and agreement.state == "IN_FORCE":
        complete_agreement(agreement_id=agreement.pk, now=now)
    record_deed(
        verb="USAGE_SETTLED",
        subject=f"agreement:{agreement.pk}",
        facts={"key": word.key, "run": word.run, "value_micros": difference.value_micros},
        now=now,
    )
    return settlement


def hours_of(agreement: Agreement) -> int:
    """Return how many delivery periods an agreement has."""
    return int((agreement.ends_at - agreement.starts_at).total_seconds()) // 3600


def _post(agreement: Agreement, word: MetersWord, difference: Charge, now: datetime) -> None:
    lines = settlement_lines(difference, seller_id=agreement.seller_id)
    if not lines:
        return
    spend_hold(
        reason=agreement.hold_reason,
        lines=lines,
        key=word.key,
        kind="SETTLEMENT",
        facts={
            "agreement": agreement.number,
            "hour_start": word.hour_start.isoformat(),
            "run": word.run,
            **word.facts,
        },
        rest_from_trading=True,
        now=now,
    )


def _release(agreement: Agreement, key: str, now: datetime) -> int:
    remaining = hold_remaining(agreement.hold_reason)
    if remaining:
        release_hold(
            reason=agreement.hold_reason, amount_micros=remaining, key=f"{key}:rest", now=now
        )
    return remaining
