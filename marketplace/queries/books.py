"""Orders, listings, trades and events of one member, and of nobody else."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from exchange.refusal import NotFound
from marketplace.models import CapacityDay, Listing, MarketEvent, Order, Trade


def orders_of(member_id: int) -> "QuerySet[Order]":
    """Return the member's orders, newest first (those placed for it, too)."""
    return Order.objects.filter(buyer_id=member_id).select_related("city", "placed_by")


def order_for(member_id: int, order_id: int) -> Order:
    """Return one of the member's orders; NotFound for anybody else's."""
    order = orders_of(member_id).filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def listings_of(member_id: int) -> "QuerySet[Listing]":
    """Return the member's listings, newest first, with pool, chip and site."""
    return Listing.objects.filter(seller_id=member_id).select_related(
        "pool__chip", "pool__site__zone"
    )


def listing_for(member_id: int, listing_id: int) -> Listing:
    """Return one of the member's listings; NotFound for anybody else's."""
    listing = listings_of(member_id).filter(pk=listing_id).first()
    if listing is None:
        raise NotFound
    return listing


def trades_of(member_id: int) -> "QuerySet[Trade]":
    """Return trades that the member bought or sold, newest first."""
    return Trade.objects.filter(Q(buyer_id=member_id) | Q(seller_id=member_id)).select_related(
        "pool__chip", "pool__site__zone"
    )


def trade_for(member_id: int, trade_id: int) -> Trade:
    """Return one of the member's trades; NotFound for anybody else's."""
    trade = trades_of(member_id).filter(pk=trade_id).first()
    if trade is None:
        raise NotFound
    return trade


def events_of(order_id: int) -> "QuerySet[MarketEvent]":
    """Return the life of an order in the market's order. The caller checks whose it is."""
    return MarketEvent.objects.filter(order_id=order_id)


def listing_events(listing_id: int) -> "QuerySet[MarketEvent]":
    """Return the life of a listing in the market's order. The caller checks whose it is."""
    return MarketEvent.objects.filter(listing_id=listing_id)


def events_for(member_id: int, *, after: int = 0) -> "QuerySet[MarketEvent]":
    """Return events of the member's orders and listings, and halts, after a number.

    Replay is reading from any number again: events never change.
    """
    mine = Q(order__buyer_id=member_id) | Q(listing__seller_id=member_id)
    halts = Q(order=None, listing=None) & (
        ~Q(facts__scope="MEMBER")
        | Q(facts__subject=str(member_id))
        | Q(facts__subject_id=member_id)
    )
    return MarketEvent.objects.filter(mine | halts, number__gt=after)


def capacity_of(pool_id: int, day: date) -> list[dict[str, Any]]:
    """Return 24 rows of one pool and day: hour, installed, in_orders, contracted, idle."""
    row = CapacityDay.objects.filter(pool_id=pool_id, day=day).select_related("pool").first()
    if row is None:
        return []
    return [
        {
            "hour": slot,
            "installed": row.installed,
            "in_orders": row.in_orders[slot],
            "contracted": row.contracted[slot],
            "idle": row.installed
            - row.in_orders[slot]
            - row.contracted[slot]
            - row.in_auctions[slot],
        }
        for slot in range(24)
    ]
