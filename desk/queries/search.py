"""Search over what the caller may see: orders, listings, agreements, trades and sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from contracts.queries import agreements_of, any_agreement
from counter.acting import Acting
from desk.queries.trail import trades_followed_by
from marketplace.models import Site
from marketplace.queries import listings_of, orders_of

EACH = 8
NUMBER_DIGITS = 17


@dataclass(frozen=True)
class Hit:
    """One thing found: its kind, its name, what it is, and what its page needs."""

    kind: str
    name: str
    text: str
    key: str
    at: datetime | None = None


def find(acting: Acting, words: str) -> list[Hit]:
    """Return what the caller may see and the words name, a few of each kind."""
    words = words.strip()
    if len(words) < 2:
        return []
    return [
        *_agreements(acting, words),
        *_trades(acting, words),
        *_orders(acting, words),
        *_listings(acting, words),
        *_sites(words),
    ]


def _number(words: str, letter: str) -> int | None:
    """Return the number in `T17` or `17`; none when the words are something else."""
    digits = words.upper().removeprefix(letter)
    return int(digits) if digits.isdecimal() and len(digits) <= NUMBER_DIGITS else None


def _agreements(acting: Acting, words: str) -> Iterator[Hit]:
    found = list(
        agreements_of(acting.member_id or 0).filter(
            Q(number__icontains=words)
            | Q(buyer__name__icontains=words)
            | Q(seller__name__icontains=words)
        )[:EACH]
    )
    if not found and acting.oversees:
        exact = any_agreement(words.upper())
        found = [exact] if exact else []
    for row in found:
        text = f"{row.buyer} ← {row.seller}"
        yield Hit("AGREEMENT", row.number, text, row.number, row.concluded_at)


def _trades(acting: Acting, words: str) -> Iterator[Hit]:
    number = _number(words, "T")
    trades = trades_followed_by(acting)
    named = Q(pool__chip__name__icontains=words) | Q(pool__site__name__icontains=words)
    for row in trades.filter(Q(pk=number) if number is not None else named)[:EACH]:
        text = f"{row.devices} × {row.pool.chip}"
        yield Hit("TRADE", f"T{row.pk}", text, str(row.pk), row.traded_at)


def _orders(acting: Acting, words: str) -> Iterator[Hit]:
    number = _number(words, "O")
    wanted = Q(client_order_id__icontains=words)
    if number is not None:
        wanted |= Q(pk=number)
    for row in orders_of(acting.member_id or 0).filter(wanted)[:EACH]:
        yield Hit("ORDER", f"O{row.pk}", row.client_order_id, str(row.pk), row.accepted_at)


def _listings(acting: Acting, words: str) -> Iterator[Hit]:
    number = _number(words, "L")
    wanted = Q(client_order_id__icontains=words) | Q(pool__code__icontains=words)
    if number is not None:
        wanted |= Q(pk=number)
    for row in listings_of(acting.member_id or 0).filter(wanted)[:EACH]:
        yield Hit("LISTING", f"L{row.pk}", row.pool.code, str(row.pk), row.accepted_at)


def _sites(words: str) -> Iterator[Hit]:
    named = Q(name__icontains=words) | Q(name_zh__icontains=words) | Q(identifier__iexact=words)
    for row in Site.objects.filter(named, active=True).select_related("zone")[:EACH]:
        yield Hit("SITE", row.name, f"{row.name_zh} · {row.zone}", row.code)
