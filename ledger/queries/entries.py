"""What was booked under given business keys: for the life of one trade."""

from collections.abc import Iterable

from django.db.models import Sum

from ledger.models import EntryLine


def sums_under(keys: Iterable[str]) -> list[tuple[str, int]]:
    """Return what each account gained under these keys, in micros; together they sum to zero."""
    rows = (
        EntryLine.objects.filter(entry__key__in=list(keys))
        .values_list("account__key")
        .annotate(total=Sum("amount_micros"))
        .order_by("account__key")
    )
    return [(key, int(total)) for key, total in rows if total]
