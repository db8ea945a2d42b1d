"""A seller's standing rule for a pool: set, switched on, switched off."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions import record_deed
from delivery.domain.refusals import RuleRefused
from delivery.models import ListingProposal, StandingRule
from exchange.refusal import NotFound
from marketplace.actions import withdraw_listing
from marketplace.models import Pool

BOUNDS: dict[str, tuple[int, int]] = {
    "keep_free_devices": (0, 1_000_000),
    "most_devices": (1, 1_000_000),
    "most_device_hours_a_day": (1, 24_000_000),
    "sure_bp": (0, 10_000),
    "markup_bp": (0, 1_000_000),
    "floor_micros": (0, 999_999_999_999),
}
NOTICE = (1, 10_080)
FIRMNESS = ("FIRM", "RECALLABLE", "SURPLUS")


@transaction.atomic
def set_standing_rule(
    *,
    member_id: int,
    pool_id: int,
    enabled: bool,
    firmness: str,
    recall_notice_minutes: int | None,
    person_id: int | None = None,
    now: datetime,
    **figures: int,
) -> StandingRule:
    """Set a pool's standing rule, in force from this moment; `figures` are those of BOUNDS.

    Refuses others' pools with NotFound and figures out of bounds with RuleRefused.
    """
    if not Pool.objects.filter(pk=pool_id, site__owner_id=member_id, active=True).exists():
        raise NotFound
    _check(figures, firmness, recall_notice_minutes)
    values: dict[str, Any] = {
        **figures,
        "enabled": enabled,
        "firmness": firmness,
        "recall_notice_minutes": recall_notice_minutes if firmness == "RECALLABLE" else None,
        "changed_at": now,
    }
    rule, _created = StandingRule.objects.update_or_create(pool_id=pool_id, defaults=values)
    record_deed(
        verb="STANDING_RULE_SET",
        subject=f"pool:{pool_id}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={**figures, "enabled": enabled, "firmness": firmness},
    )
    return rule


def _check(figures: dict[str, int], firmness: str, notice: int | None) -> None:
    for name, (least, most) in BOUNDS.items():
        if not least <= figures.get(name, least - 1) <= most:
            raise RuleRefused(field=name, least=least, most=most)
    if firmness not in FIRMNESS:
        raise RuleRefused(field="firmness", least=FIRMNESS[0], most=FIRMNESS[-1])
    if firmness == "RECALLABLE" and not NOTICE[0] <= (notice or 0) <= NOTICE[1]:
        raise RuleRefused(field="recall_notice_minutes", least=NOTICE[0], most=NOTICE[1])


def switch_rule_off(
    *,
    member_id: int,
    pool_id: int,
    withdraw: bool = False,
    person_id: int | None = None,
    now: datetime,
) -> int:
    """Stop a pool's rule at once; with `withdraw`, take back what it listed and nobody bought.

    Returns how many listings were withdrawn; what is sold stays sold. Refuses others' pools
    and pools without a rule with NotFound.
    """
    _switch_off(member_id, pool_id, person_id, now)
    if not withdraw:
        return 0
    listed = ListingProposal.objects.filter(
        pool_id=pool_id, by_rule=True, listing__state="OPEN", listing__ends_at__gt=now
    )
    ids = list(listed.order_by("listing_id").values_list("listing_id", flat=True))
    for listing_id in ids:
        withdraw_listing(seller_id=member_id, listing_id=listing_id, person_id=person_id, now=now)
    return len(ids)


@transaction.atomic
def _switch_off(member_id: int, pool_id: int, person_id: int | None, now: datetime) -> None:
    rule = (
        StandingRule.objects.select_for_update(of=("self",))
        .filter(pool_id=pool_id, pool__site__owner_id=member_id)
        .first()
    )
    if rule is None:
        raise NotFound
    if rule.enabled:
        rule.enabled, rule.changed_at = False, now
        rule.save(update_fields=["enabled", "changed_at"])
        record_deed(
            verb="STANDING_RULE_SWITCHED_OFF",
            subject=f"pool:{pool_id}",
            now=now,
            member_id=member_id,
            person_id=person_id,
        )
