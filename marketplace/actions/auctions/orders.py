"""Buyers' orders in a call auction: entered, changed, cancelled, their money held."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.actions import record_deed
from ledger.actions import hold_funds, release_hold
from marketplace.actions.auctions.limits import check_halts, check_order_limits
from marketplace.actions.auctions.standing import (
    check_cancelling,
    check_member,
    check_other_side,
    check_version,
    end,
    locked,
    next_arrival,
    only_improves,
    sent_before,
    standing_among,
)
from marketplace.domain.auctions.entries import (
    OrderSent,
    check_better_order,
    check_order,
    hold_of,
)
from marketplace.domain.auctions.refusals import HasChildren, OnlyImprove, OtherAuction
from marketplace.domain.refusals import BudgetTooSmall
from marketplace.models import Auction, AuctionOrder
from marketplace.queries.catalogue import check_codes, city_id_of


@transaction.atomic
def enter_order(
    *,
    auction_id: int,
    member_id: int,
    client_order_id: str,
    sent: OrderSent,
    now: datetime,
    person_id: int | None = None,
    placed_by_id: int | None = None,
) -> AuctionOrder:
    """Take an order in and hold what it may cost at most; sent twice, it is entered once.

    Refuses what the rules, the auction's phase or the member's funds refuse.
    """
    own = AuctionOrder.objects.filter(buyer_id=member_id)
    before = sent_before(
        own,
        client_order_id=client_order_id,
        content_hash=sent.content_hash,
        same_auction=auction_id,
    )
    if before is not None:
        return before
    auction = locked(auction_id, now=now)
    check_member(member_id, "BUYER", own.filter(auction=auction))
    check_other_side(member_id, auction.offers.all(), "seller")
    held_micros = _checked_hold(sent, auction, member_id)
    order = AuctionOrder.objects.create(
        auction=auction,
        buyer_id=member_id,
        placed_by_id=placed_by_id,
        client_order_id=client_order_id,
        content_hash=sent.content_hash,
        bids=sent.bids,
        parent_id=_parent(sent, own, auction),
        budget_micros=sent.budget_micros,
        rolls=sent.rolls,
        held_micros=held_micros,
        arrival=next_arrival(auction),
        entered_at=now,
    )
    _hold(order, now)
    _deed("AUCTION_ORDER_ENTERED", order, now, person_id, held_micros=held_micros)
    return order


@transaction.atomic
def change_order(
    *,
    order_id: int,
    member_id: int,
    version: int,
    sent: OrderSent,
    now: datetime,
    person_id: int | None = None,
) -> AuctionOrder:
    """Put other bids in an order's place; near the end only better ones, with no less budget.

    The order keeps its arrival. Refuses a change of another version with VersionPassed.
    """
    own = AuctionOrder.objects.filter(buyer_id=member_id)
    order, auction = standing_among(own, order_id, now)
    check_version(order.version, version)
    held_micros = _checked_hold(sent, auction, member_id, was_held_micros=order.held_micros)
    if only_improves(auction, now):
        since = {"since": auction.no_cancel_at.isoformat(), "auction": auction.code}
        check_better_order(order.bids, sent.bids, **since)
        if sent.budget_micros != order.budget_micros and (
            order.budget_micros is None or (sent.budget_micros or 0) < order.budget_micros
        ):
            raise OnlyImprove(field="budget_micros", **since)
        if sent.parent_id != order.parent_id:
            raise OnlyImprove(field="parent_id", **since)
    earlier = own.filter(arrival__lt=order.arrival)
    _release(order, now)
    order.parent_id = _parent(sent, earlier, auction)
    order.bids, order.budget_micros = sent.bids, sent.budget_micros
    order.rolls = sent.rolls
    order.held_micros, order.version = held_micros, order.version + 1
    order.save()
    _hold(order, now)
    _deed("AUCTION_ORDER_CHANGED", order, now, person_id, version=order.version)
    return order


@transaction.atomic
def cancel_order(
    *, order_id: int, member_id: int, now: datetime, person_id: int | None = None
) -> AuctionOrder:
    """End an order while the auction is open and return its money."""
    own = AuctionOrder.objects.filter(buyer_id=member_id)
    order, auction = standing_among(own, order_id, now)
    check_cancelling(auction, now)
    if order.children.filter(state="ENTERED").exists():
        raise HasChildren
    release_order(order, "CANCELLED", now)
    _deed("AUCTION_ORDER_CANCELLED", order, now, person_id)
    return order


def release_order(order: AuctionOrder, state: str, now: datetime) -> None:
    """End an order that executes nothing, and return all that it held."""
    _release(order, now)
    end(order, state, now)


def _checked_hold(
    sent: OrderSent, auction: Auction, member_id: int, *, was_held_micros: int = 0
) -> int:
    check_halts(member_id)
    bids = check_order(sent, hours=auction.hours)
    for bid in bids:
        check_codes(bid.requires)
        city_id_of(bid.city or None)
    if sent.budget_micros is not None and sent.budget_micros <= 0:
        raise BudgetTooSmall(budget_micros=sent.budget_micros)
    held_micros = hold_of(bids, budget_micros=sent.budget_micros, vat_bp=auction.vat_bp)
    check_order_limits(member_id, bids, held_micros=held_micros, was_held_micros=was_held_micros)
    return held_micros


def _parent(sent: OrderSent, own: QuerySet[AuctionOrder], auction: Auction) -> int | None:
    """Return the parent: an order of the same buyer that came before, so that no ring closes."""
    if sent.parent_id is None:
        return None
    if not own.filter(pk=sent.parent_id, auction=auction, state="ENTERED").exists():
        raise OtherAuction
    return sent.parent_id


def reason_of(order: AuctionOrder) -> str:
    """Return under which reason the order's money is held: a new one with each version."""
    return f"auction-order:{order.pk}:{order.version}"


def _hold(order: AuctionOrder, now: datetime) -> None:
    reason = reason_of(order)
    hold_funds(member_id=order.buyer_id, reason=reason, amount_micros=order.held_micros, now=now)


def _release(order: AuctionOrder, now: datetime) -> None:
    reason = reason_of(order)
    release_hold(reason=reason, amount_micros=None, key=f"release:{reason}", now=now)


def _deed(
    verb: str, order: AuctionOrder, now: datetime, person_id: int | None, **facts: object
) -> None:
    record_deed(
        verb=verb,
        subject=f"auction-order:{order.pk}",
        now=now,
        member_id=order.placed_by_id or order.buyer_id,
        person_id=person_id,
        facts={"client_order_id": order.client_order_id, **facts},
    )
