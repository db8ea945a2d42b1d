"""Open accounts."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Member
from ledger.domain import accounts as names
from ledger.domain.refusals import AccountUnknown
from ledger.models import Account


def open_member_accounts(*, member_id: int, now: datetime) -> None:
    """Open a member's four accounts; a second time changes nothing."""
    Account.objects.bulk_create(
        [
            Account(key=key, kind=names.kind_of(key), member_id=member_id)
            for key in names.member_keys(member_id)
        ],
        ignore_conflicts=True,
    )


def open_missing_accounts(*, keys: Iterable[str], now: datetime) -> None:
    """Open accounts by key: the exchange's own, and those of members that exist.

    Members are admitted in a room that does not know the money book, so their accounts open
    at first use. Refuses other keys with AccountUnknown.
    """
    wanted = set(keys)
    missing = sorted(wanted - set(_open_ones(wanted)))
    members = [names.member_of(key) or 0 for key in missing if not names.is_house(key)]
    known = set(Member.objects.filter(pk__in=members).values_list("pk", flat=True))
    for key in missing:
        if not names.is_house(key) and names.member_of(key) not in known:
            raise AccountUnknown(key=key)
    for member_id in known:
        open_member_accounts(member_id=member_id, now=now)
    house = [key for key in missing if names.is_house(key)]
    Account.objects.bulk_create(
        [Account(key=key, kind=names.kind_of(key)) for key in house], ignore_conflicts=True
    )


def _open_ones(keys: Iterable[str]) -> Iterable[str]:
    return Account.objects.filter(key__in=list(keys)).values_list("key", flat=True)
