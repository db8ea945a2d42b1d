"""The whole life of one trade, gathered from every room that touched it."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from billing.models import DamagesPayment, InvoiceLine, Payout, Settlement
from contracts.models import Agreement, AgreementVersion, Signature
from contracts.queries import signatures_of, version_of
from counter.acting import Acting
from delivery.models import Allocation, Reading, SealedUsage
from desk.queries.trail_link import LinkTrail, link_trails_of
from exchange.window import delivery_day
from ledger.queries import hold_remaining, opening_of_hold, sums_under
from marketplace.models import Trade


@dataclass(frozen=True)
class Trail:
    """Everything that belongs to a trade; parts that have not happened yet are None or empty."""

    trade: Trade
    agreement: Agreement | None
    version: AgreementVersion | None
    signatures: tuple[Signature, ...]
    allocation: Allocation | None
    readings: tuple[Reading, ...]
    seals: tuple[SealedUsage, ...]
    settlements: tuple[Settlement, ...]
    invoice_lines: tuple[InvoiceLine, ...]
    payouts: tuple[Payout, ...]
    # Account keys and what each gained by the trade's settlements; they sum to zero.
    money: tuple[tuple[str, int], ...]
    held_micros: int
    # Of the links beside the devices; empty where the reader may not see them.
    links: tuple[LinkTrail, ...] = ()


def trades_followed_by(acting: Acting) -> QuerySet[Trade]:
    """Return the trades that the caller bought or sold; all of them for those who oversee."""
    trades = Trade.objects.select_related(
        "buyer", "seller", "pool__chip", "pool__site__zone", "order", "listing", "execution"
    )
    if acting.oversees:
        return trades
    member_id = acting.member_id or 0
    return trades.filter(Q(buyer_id=member_id) | Q(seller_id=member_id))


def followed_trade(acting: Acting, trade_id: int) -> Trade | None:
    """Return the trade if the caller may follow it; none for all others."""
    return trades_followed_by(acting).filter(pk=trade_id).first()


def trail_of(trade: Trade, *, with_link: bool = True) -> Trail:
    """Gather the trade's life; a fixed number of queries for it and for each link with it."""
    links = link_trails_of(trade) if with_link else ()
    agreement = Agreement.objects.filter(trade_id=trade.pk).first()
    version = version_of(agreement.pk) if agreement else None
    allocation = Allocation.objects.filter(agreement__trade_id=trade.pk).first()
    settlements = _settlements(trade.pk)
    return Trail(
        trade=trade,
        agreement=agreement,
        version=version,
        signatures=tuple(signatures_of(version.pk)) if version else (),
        allocation=allocation,
        readings=_readings(allocation),
        seals=_seals(allocation),
        settlements=settlements,
        invoice_lines=_invoice_lines(trade.pk),
        payouts=_payouts(trade, settlements),
        money=_money(trade.pk, settlements, links),
        held_micros=hold_remaining(f"trade:{trade.pk}")
        + sum(hold_remaining(f"link:{link.sold.pk}") for link in links),
        links=links,
    )


def _readings(allocation: Allocation | None) -> tuple[Reading, ...]:
    if allocation is None:
        return ()
    return tuple(Reading.objects.filter(allocation=allocation).order_by("sequence"))


def _seals(allocation: Allocation | None) -> tuple[SealedUsage, ...]:
    if allocation is None:
        return ()
    return tuple(SealedUsage.objects.filter(allocation=allocation).order_by("hour_start", "id"))


def _settlements(trade_id: int) -> tuple[Settlement, ...]:
    rows = Settlement.objects.filter(agreement__trade_id=trade_id)
    return tuple(rows.order_by("settled_at", "id"))


def _invoice_lines(trade_id: int) -> tuple[InvoiceLine, ...]:
    rows = InvoiceLine.objects.filter(agreement__trade_id=trade_id)
    return tuple(rows.select_related("invoice__issuer", "invoice__customer").order_by("id"))


def _payouts(trade: Trade, settlements: tuple[Settlement, ...]) -> tuple[Payout, ...]:
    """Return the seller's payouts of the delivery days in which the trade was settled."""
    days = {delivery_day(row.hour_start) for row in settlements}
    rows = Payout.objects.filter(member_id=trade.seller_id, delivery_day__in=days)
    return tuple(rows.order_by("delivery_day"))


def _money(
    trade_id: int, settlements: tuple[Settlement, ...], links: tuple[LinkTrail, ...]
) -> tuple[tuple[str, int], ...]:
    """Return what each account gained since the trade."""
    sums = Counter(dict(opening_of_hold(f"trade:{trade_id}")))
    keys = _keys(trade_id, settlements)
    for link in links:
        sums.update(dict(opening_of_hold(f"link:{link.sold.pk}")))
        keys += link.keys
    for key, micros in sums_under(keys):
        sums[key] += micros
    return tuple((key, micros) for key, micros in sorted(sums.items()) if micros)


def _keys(trade_id: int, settlements: tuple[Settlement, ...]) -> list[str]:
    """Return the business keys under which the trade's money was booked after the trade."""
    usages = [row.usage_id for row in settlements]
    payments = DamagesPayment.objects.filter(agreement__trade_id=trade_id)
    return [
        *(f"settlement:{usage}" for usage in usages),
        *(f"settlement:{usage}:rest" for usage in usages),
        *(f"damages:{pk}" for pk in payments.values_list("pk", flat=True)),
    ]
