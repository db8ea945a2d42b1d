"""Order-entry limits as they stand."""

from django.db.models import QuerySet

from marketplace.domain.limits import Limits
from marketplace.models import TradingLimit


def own_limits(member_id: int | None) -> Limits | None:
    """Return the limits written for a member, or (None) for everybody; None without a row."""
    row = TradingLimit.objects.filter(member=member_id).first()
    return None if row is None else limits_of_row(row)


def limits_for(member_id: int) -> Limits:
    """Return the limits that a member is under: its own as a whole, else everybody's."""
    return own_limits(member_id) or own_limits(None) or Limits()


def members_with_limits() -> QuerySet[TradingLimit]:
    """Return the rows of members with limits of their own, by code."""
    rows = TradingLimit.objects.exclude(member=None).select_related("member")
    return rows.order_by("member__code")


def limits_of_row(row: TradingLimit) -> Limits:
    """Return a row as limits."""
    return Limits(
        most_order_micros=row.most_order_micros,
        most_order_devices=row.most_order_devices,
        most_open_micros=row.most_open_micros,
        most_messages=row.most_messages,
    )
