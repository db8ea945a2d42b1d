"""Turn fills into trades: rows, holds, free devices, capacity and events, in one turn."""

from collections.abc import Mapping, Sequence

from django.db import connection

from bench.baseline.capacity import CapacityChange
from bench.baseline.places import PoolView
from bench.baseline.turn import Turn
from counter.waking import announce
from exchange.book import Fill
from exchange.price import gross_up
from exchange.window import HOUR, hour_number, hour_start
from ledger.actions import move_hold, release_hold
from marketplace.domain.lifecycles import FILLED, LISTING, ORDER, PARTLY_FILLED, SOLD
from marketplace.models import Execution, Listing, Order, Trade

_SAVE_LISTING = "UPDATE marketplace_listing SET free = %s, state = %s, ended_at = %s WHERE id = %s"

Views = Mapping[tuple[int, int], PoolView]


def record_fills(
    turn: Turn,
    *,
    arrival: int,
    fills: Sequence[Fill],
    orders: Mapping[int, Order],
    listings: Mapping[int, Listing],
    views: Views,
) -> list[Trade]:
    """Write one execution with a trade a fill; move the orders' holds to the trades'.

    `views` gives the pool as the order saw it, by (order id, listing id).
    """
    if not fills:
        return []
    execution = Execution.objects.create(arrival=arrival, executed_at=turn.now)
    trades = Trade.objects.bulk_create(
        [
            _trade_of(
                turn,
                fill,
                execution,
                orders[fill.order_id],
                listings[fill.listing_id],
                views[(fill.order_id, fill.listing_id)],
            )
            for fill in fills
        ]
    )
    change = CapacityChange()
    for trade in trades:
        _apply(turn, trade, orders[trade.order_id], listings[trade.listing_id], change)
    change.write()
    _save_listings([listings[pk] for pk in sorted({trade.listing_id for trade in trades})])
    for pk in sorted({trade.order_id for trade in trades}):
        order = orders[pk]
        order.save(update_fields=["filled", "state", "ended_at", "version"])
        if order.state == FILLED:
            release_order_hold(order, turn)
    announce("traded")
    return trades


def _save_listings(listings: Sequence[Listing]) -> None:
    rows = [(row.free, row.state, row.ended_at, row.pk) for row in listings]
    with connection.cursor() as cursor:
        cursor.executemany(_SAVE_LISTING, rows)


def release_order_hold(order: Order, turn: Turn) -> None:
    """Give back what remains of an ended order's hold."""
    release_hold(
        reason=f"order:{order.pk}", amount_micros=None, key=f"order:{order.pk}:end", now=turn.now
    )


def _trade_of(
    turn: Turn,
    fill: Fill,
    execution: Execution,
    order: Order,
    listing: Listing,
    view: PoolView,
) -> Trade:
    return Trade(
        execution=execution,
        order_id=order.pk,
        listing_id=listing.pk,
        buyer_id=order.buyer_id,
        seller_id=listing.seller_id,
        pool_id=listing.pool_id,
        devices=fill.devices,
        starts_at=hour_start(fill.first_hour),
        ends_at=hour_start(fill.first_hour + fill.hours),
        price_micros=fill.price_micros,
        gflops_per_device=view.gflops_per_device,
        factor_method=view.factor_method,
        filled=fill.credited,
        value_micros=fill.value_micros,
        vat_bp=order.vat_bp,
        held_micros=gross_up(fill.value_micros, order.vat_bp),
        traded_at=turn.now,
    )


def _apply(
    turn: Turn, trade: Trade, order: Order, listing: Listing, change: CapacityChange
) -> None:
    move_hold(
        from_reason=f"order:{order.pk}",
        to_reason=f"trade:{trade.pk}",
        amount_micros=trade.held_micros,
        key=f"trade:{trade.pk}:hold",
        now=turn.now,
    )
    hours = (trade.ends_at - trade.starts_at) // HOUR
    change.contract(trade.pool_id, trade.starts_at, hours=hours, devices=trade.devices)
    turn.record(
        "TRADED",
        order_id=order.pk,
        listing_id=listing.pk,
        trade_id=trade.pk,
        devices=trade.devices,
        starts_at=trade.starts_at.isoformat(),
        ends_at=trade.ends_at.isoformat(),
        price_micros=trade.price_micros,
        filled=trade.filled,
    )
    _take_from_listing(turn, trade, listing, hours)
    _credit_order(turn, trade, order)


def _take_from_listing(turn: Turn, trade: Trade, listing: Listing, hours: int) -> None:
    first = hour_number(trade.starts_at) - hour_number(listing.starts_at)
    for index in range(first, first + hours):
        listing.free[index] -= trade.devices
    if not any(listing.free):
        LISTING.check(listing.state, SOLD)
        listing.state, listing.ended_at = SOLD, turn.now
        turn.record("LISTING_SOLD", listing_id=listing.pk)


def _credit_order(turn: Turn, trade: Trade, order: Order) -> None:
    after = FILLED if order.filled + trade.filled >= order.amount else PARTLY_FILLED
    ORDER.check(order.state, after)
    order.filled += trade.filled
    order.state = after
    order.version += 1
    if after == FILLED:
        order.ended_at = turn.now
        turn.record("ORDER_FILLED", order_id=order.pk)
