"""What was booked under given business keys or for a hold: for the life of one trade."""

from collections.abc import Iterable

from django.db.models import Sum

from ledger.domain import accounts
from ledger.models import EntryLine


def sums_under(keys: Iterable[str]) -> list[tuple[str, int]]:
    """Return what each account gained under these keys, in micros; together they sum to zero."""
    return _sums(entry__key__in=list(keys))


def opening_of_hold(reason: str) -> list[tuple[str, int]]:
    """Return what each account gained when a hold was opened; nothing without one.

    A turn's entry moves much at once: of it, what its facts itemise for the trade or link.
    """
    first = EntryLine.objects.filter(hold__reason=reason).select_related("entry", "hold")
    line = first.order_by("id").first()
    if line is None or line.hold is None:
        return []
    if line.entry.kind != "MARKET":
        return _sums(entry_id=line.entry_id)
    member, item = line.hold.member_id, reason.removeprefix("trade:")
    at_once = item in line.entry.facts.get("paid", {})
    giver = accounts.trading(member) if at_once else accounts.order_holds(member)
    return [
        (accounts.agreement_holds(member), line.amount_micros),
        (giver, -line.amount_micros),
    ]


def _sums(**which: object) -> list[tuple[str, int]]:
    rows = (
        EntryLine.objects.filter(**which)
        .values_list("account__key")
        .annotate(total=Sum("amount_micros"))
        .order_by("account__key")
    )
    return [(key, int(total)) for key, total in rows if total]
