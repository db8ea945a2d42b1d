"""Open accounts."""

from collections.abc import Iterable
from datetime import datetime

from ledger.domain import accounts
from ledger.domain.refusals import AccountUnknown
from ledger.models import Account


def open_member_accounts(*, member_id: int, now: datetime) -> None:
    """Open a member's four accounts; a second time changes nothing."""
    Account.objects.bulk_create(
        [
            Account(key=key, kind=accounts.kind_of(key), member_id=member_id)
            for key in accounts.member_keys(member_id)
        ],
        ignore_conflicts=True,
    )


def open_house_accounts(*, keys: Iterable[str]) -> None:
    """Open accounts of the exchange itself; refuses other keys with AccountUnknown."""
    missing = sorted(
        set(keys) - set(Account.objects.values_list("key", flat=True).filter(key__in=keys))
    )
    for key in missing:
        if not accounts.is_house(key):
            raise AccountUnknown(key=key)
    Account.objects.bulk_create(
        [Account(key=key, kind=accounts.kind_of(key)) for key in missing], ignore_conflicts=True
    )
