"""Two-phase holds: set funds aside, then move, spend or release them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from exchange.posting import Line, Posting
from ledger.actions.accounts import open_missing_accounts
from ledger.actions.postings import post
from ledger.domain import accounts
from ledger.domain.refusals import (
    FundsShort,
    HoldShort,
    HoldUnknown,
    PostingDiffers,
)
from ledger.models import Account, AccountKind, Entry, Hold
from ledger.queries.balances import balance_of, hold_remaining


@transaction.atomic
def hold_funds(*, member_id: int, reason: str, amount_micros: int, now: datetime) -> int:
    """Set a member's trading funds aside for an order; return the entry's number.

    The same hold again changes nothing. Refuses with FundsShort when less is available, and
    another amount for the same reason with PostingDiffers.
    """
    trading = accounts.trading(member_id)
    lock_accounts(keys=[trading], now=now)
    hold = Hold.objects.filter(reason=reason).first()
    if hold is not None:
        return _entry_of_same(hold, member_id, amount_micros)
    available = balance_of(trading)
    if amount_micros > available:
        raise FundsShort(wanted_micros=amount_micros, available_micros=available)
    Hold.objects.create(
        reason=reason,
        member_id=member_id,
        kind=AccountKind.ORDER_HOLDS,
        amount_micros=amount_micros,
        held_at=now,
    )
    lines = (
        Line(trading, -amount_micros),
        Line(accounts.order_holds(member_id), amount_micros, hold=reason),
    )
    return post(posting=Posting(key=f"hold:{reason}", lines=lines), kind="HOLD", now=now)


@transaction.atomic
def release_hold(*, reason: str, amount_micros: int | None, key: str, now: datetime) -> int | None:
    """Return a part of a hold, or all that remains (None), to the member's trading funds.

    Returns the entry's number, or None when nothing remained. The same key again changes
    nothing. Refuses more than what remains with HoldShort.
    """
    hold, account = _locked(reason, now)
    if amount_micros is None:
        before = Entry.objects.filter(key=key).values_list("pk", flat=True).first()
        if before is not None:
            return before
        amount_micros = hold_remaining(reason)
        if amount_micros == 0:
            return None
    credit = Line(accounts.trading(hold.member_id), amount_micros)
    return _take(hold, account, (credit,), key=key, kind="RELEASE", now=now)


@transaction.atomic
def move_hold(
    *, from_reason: str, to_reason: str, amount_micros: int, key: str, now: datetime
) -> int:
    """Turn a part of an order's hold into an agreement's hold; return the entry's number.

    The same key again changes nothing. Refuses more than what remains with HoldShort.
    """
    hold, account = _locked(from_reason, now)
    Hold.objects.bulk_create(
        [
            Hold(
                reason=to_reason,
                member_id=hold.member_id,
                kind=AccountKind.AGREEMENT_HOLDS,
                amount_micros=amount_micros,
                held_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    credit = Line(accounts.agreement_holds(hold.member_id), amount_micros, hold=to_reason)
    return _take(hold, account, (credit,), key=key, kind="TRADE", now=now)


@transaction.atomic
def spend_hold(
    *,
    reason: str,
    lines: tuple[Line, ...],
    key: str,
    kind: str,
    now: datetime,
    facts: dict[str, Any] | None = None,
    rest_from_trading: bool = False,
) -> int:
    """Distribute a part of a hold to accounts; `lines` are the other side of the hold's line.

    Lines may be negative (a payable that gives back) as long as the whole is balanced by the
    hold. The same key again changes nothing. Refuses what does not remain with HoldShort;
    with `rest_from_trading` the member's trading funds give what the hold has not, and
    FundsShort refuses when they are short too.
    """
    hold, account = _locked(reason, now)
    wanted = sum(line.amount_micros for line in lines)
    if rest_from_trading and wanted > 0:
        missing = wanted - hold_remaining(reason)
        if missing > 0:
            available = lock_trading(member_id=hold.member_id, now=now)
            if missing > available:
                raise FundsShort(wanted_micros=missing, available_micros=available)
            lines = (*lines, Line(accounts.trading(hold.member_id), -missing))
    return _take(hold, account, lines, key=key, kind=kind, now=now, facts=facts)


def _take(
    hold: Hold,
    account: str,
    lines: tuple[Line, ...],
    *,
    key: str,
    kind: str,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> int:
    wanted = sum(line.amount_micros for line in lines)
    if wanted:
        lines = (Line(account, -wanted, hold=hold.reason), *lines)
    posting = Posting(key=key, lines=lines)
    if wanted > 0:
        remaining = hold_remaining(hold.reason)
        if wanted > remaining and not Entry.objects.filter(key=key).exists():
            raise HoldShort(reason=hold.reason, remaining_micros=remaining, wanted_micros=wanted)
    return post(posting=posting, kind=kind, now=now, facts=facts)


def _locked(reason: str, now: datetime) -> tuple[Hold, str]:
    """Return the hold and its account's key, with the account locked until the commit."""
    hold = Hold.objects.filter(reason=reason).first()
    if hold is None:
        raise HoldUnknown(reason=reason)
    account = f"{hold.kind.lower()}:{hold.member_id}"
    lock_accounts(keys=[account], now=now)
    return hold, account


def _entry_of_same(hold: Hold, member_id: int, amount_micros: int) -> int:
    key = f"hold:{hold.reason}"
    if (hold.member_id, hold.amount_micros) != (member_id, amount_micros):
        raise PostingDiffers(key=key)
    return Entry.objects.values_list("pk", flat=True).get(key=key)


def lock_accounts(*, keys: Iterable[str], now: datetime) -> None:
    """Lock accounts until the commit, in one order, so that their balances can be relied on.

    Refuses with AccountUnknown what can be no account.
    """
    wanted = set(keys)
    rows = Account.objects.select_for_update(no_key=True).filter(key__in=wanted).order_by("pk")
    if len(rows.values_list("pk")) < len(wanted):
        open_missing_accounts(keys=wanted, now=now)
        list(rows.values_list("pk"))


def lock_trading(*, member_id: int, now: datetime) -> int:
    """Lock a member's trading funds until the commit and return what is available, in micros."""
    lock_accounts(keys=[accounts.trading(member_id)], now=now)
    return balance_of(accounts.trading(member_id))
