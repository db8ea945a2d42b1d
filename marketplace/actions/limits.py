"""Set what members may send: the market hears of it before the next order."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from accounts.queries import member_with_id, person_decides_admission
from exchange.refusal import NotPermitted
from marketplace.domain.limits import FIRST, Limits, check_limits
from marketplace.models import TradingLimit


@transaction.atomic
def set_trading_limits(
    *, member_id: int | None, limits: Limits | None, by_person_id: int, now: datetime
) -> None:
    """Give a member limits of its own, or (member None) everybody without their own.

    `limits` None takes them away: a member is then under everybody's. Refuses callers who do
    not administer the operator, a member that does not exist, and bounds that are no bounds.
    """
    if not person_decides_admission(by_person_id):
        raise NotPermitted
    member = None if member_id is None else member_with_id(member_id)
    if limits is None:
        TradingLimit.objects.filter(member=member).delete()
    else:
        check_limits(limits)
        TradingLimit.objects.update_or_create(member=member, defaults=limits.facts)
    record_deed(
        verb="TRADING_LIMITS_SET" if limits else "TRADING_LIMITS_TAKEN_AWAY",
        subject=f"member:{member_id}" if member_id else "market",
        person_id=by_person_id,
        now=now,
        facts=limits.facts if limits else {},
    )


@transaction.atomic
def seed_trading_limits() -> None:
    """Write the first limits for everybody, unless an operator has set some before."""
    TradingLimit.objects.get_or_create(member=None, defaults=FIRST.facts)
