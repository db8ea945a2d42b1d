"""Lay what is open back into a book: the tables are the snapshot that every commit leaves."""

from typing import TYPE_CHECKING, Any

from django.db import connection
from msgspec import convert

from exchange.book import commands as said
from marketplace.actions.standing import OpenListing, OpenOrder

if TYPE_CHECKING:
    from exchange.book import Book

_ORDERS = """
SELECT o.id, o.buyer_id, o.unit, o.amount, o.hours,
       ceil(extract(epoch FROM o.earliest) / 3600)::bigint,
       floor(extract(epoch FROM o.latest) / 3600)::bigint, o.limit_micros, o.budget_micros,
       o.vat_bp, o.families_allowed, o.families_excluded, o.chips_allowed, o.stack,
       o.min_memory_gb, o.min_scale_up_gbs, o.min_scale_out_gbps, o.max_rtt_us, o.link_gbps,
       o.move_gb, o.firmness, o.zones_allowed, o.max_pue_thousandths, o.max_carbon_g_per_kwh,
       coalesce(c.code, ''), o.workload_class, o.splittable, o.min_lot_devices,
       o.time_in_force, o.expires_at, o.self_trade, o.arrival, o.version, o.filled,
       o.held_micros, o.state, t.spent, t.first
FROM marketplace_order o
LEFT JOIN marketplace_city c ON c.id = o.city_id
LEFT JOIN LATERAL (
    SELECT sum(held_micros)::bigint AS spent,
           (extract(epoch FROM min(starts_at)) / 3600)::bigint AS first
    FROM marketplace_trade WHERE order_id = o.id AND o.filled > 0) t ON true
WHERE o.state IN ('OPEN', 'PARTLY_FILLED') ORDER BY o.arrival
"""
_LISTINGS = """
SELECT l.id, l.seller_id, l.pool_id, l.devices,
       (extract(epoch FROM l.starts_at) / 3600)::bigint, cardinality(l.free), l.ask_micros,
       l.min_devices, l.min_hours, l.firmness, l.free, l.arrival, l.version
FROM marketplace_listing l WHERE l.state = 'OPEN' ORDER BY l.arrival
"""
REQUIRES = (
    "families_allowed",
    "families_excluded",
    "chips_allowed",
    "stack",
    "min_memory_gb",
    "min_scale_up_gbs",
    "min_scale_out_gbps",
    "max_rtt_us",
    "link_gbps",
    "move_gb",
    "firmness",
    "zones_allowed",
    "max_pue_thousandths",
    "max_carbon_g_per_kwh",
)


def lay_open(book: "Book", orders: dict[int, OpenOrder], listings: dict[int, OpenListing]) -> None:
    """Put every open order and listing where it stood, oldest first; nothing is matched."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTINGS)
        for row in cursor.fetchall():
            _lay_listing(book, listings, row)
        cursor.execute(_ORDERS)
        for row in cursor.fetchall():
            _lay_order(book, orders, row)


def _lay_listing(book: "Book", listings: dict[int, OpenListing], row: Any) -> None:
    pk, seller, pool, devices, first, hours, ask, least, shortest, firmness, free, *rest = row
    arrival, version = rest
    command = said.Sell(
        listing=pk,
        member=seller,
        pool=pool,
        devices=devices,
        first_hour=first,
        hours=hours,
        ask_micros=ask,
        min_devices=least,
        min_hours=shortest,
        firmness=firmness,
    )
    book.lay_listing(command, arrival=arrival, version=version, free=free)
    listings[pk] = OpenListing(
        id=pk,
        seller=seller,
        pool=pool,
        first_hour=first,
        devices=devices,
        ask_micros=ask,
        free=list(free),
        arrival=arrival,
        version=version,
    )


def _lay_order(book: "Book", orders: dict[int, OpenOrder], row: Any) -> None:
    arrival, version, filled, held, state, spent, fixed = row[31:]
    command = _buy_of(row)
    book.lay_order(
        command,
        arrival=arrival,
        version=version,
        filled=filled,
        spent_micros=spent or 0,
        left_micros=held - (spent or 0),
        fixed_start=fixed,
    )
    orders[command.order] = OpenOrder(
        id=command.order,
        buyer=command.member,
        vat_bp=command.vat_bp,
        workload_class=command.workload_class,
        amount=command.amount,
        limit_micros=command.limit_micros,
        budget_micros=command.budget_micros,
        expires_at=row[29],
        held_micros=held,
        arrival=arrival,
        state=state,
        filled=filled,
        version=version,
        spent_micros=spent or 0,
    )


def _buy_of(row: Any) -> said.Buy:
    pk, buyer, unit, amount, hours, first, last, limit, budget, vat_bp = row[:10]
    city, workload, splittable, least, force, expires_at, self_trade = row[24:31]
    figures = (tuple(fact) if isinstance(fact, list) else fact for fact in row[10:24])
    return said.Buy(
        order=pk,
        member=buyer,
        unit=unit,
        amount=amount,
        hours=hours,
        first_hour=first,
        last_hour=last,
        limit_micros=limit,
        budget_micros=budget,
        vat_bp=vat_bp,
        requires=convert(dict(zip(REQUIRES, figures, strict=True)), said.Requires),
        city=city,
        workload_class=workload,
        splittable=splittable,
        min_lot_devices=least,
        time_in_force=force,
        expires_s=None if expires_at is None else int(expires_at.timestamp()),
        self_trade=self_trade,
    )
