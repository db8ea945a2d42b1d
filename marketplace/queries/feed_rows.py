"""The rows behind the public feed, each statement one look at the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from exchange.price import per_pflops_hour
from marketplace.domain.feed import GONE, Lives, PublicTrade
from marketplace.domain.lives import REPLACED, TAKING, Happening, ListingLife, OrderLife
from marketplace.domain.products import Wish

# How much of an order and of its window the feed needs.
WISH = """
o.id, o.unit, o.amount, o.amount - o.filled AS left_over, o.limit_micros,
ceil(extract(epoch FROM o.earliest) / 3600)::bigint AS first_hour,
floor(extract(epoch FROM o.latest) / 3600)::bigint AS last_hour,
o.chips_allowed, o.families_allowed, o.families_excluded, o.stack, o.min_memory_gb
"""
# A pool's compute as it was when the listing was accepted: a figure that stays what it was.
FACTOR = """
LEFT JOIN LATERAL (
    SELECT gflops_per_device FROM marketplace_conversionfactor
    WHERE pool_id = l.pool_id AND workload_class = 'TRAINING'
      AND measured_at <= l.accepted_at AND valid_until > l.accepted_at
    ORDER BY array_position(ARRAY['LABORATORY', 'MEASURED', 'NOMINAL'], method::text),
             measured_at DESC, id DESC LIMIT 1) f ON true
"""
_EVENT = "number, kind, at, order_id, listing_id, facts::json"
_EVENTS = f"""
SELECT {_EVENT} FROM marketplace_marketevent WHERE number > %s ORDER BY number LIMIT %s
"""  # noqa: S608 - put together from constants
_LIVES = f"""
SELECT {_EVENT} FROM marketplace_marketevent
WHERE order_id = ANY(%(orders)s) AND kind = ANY(%(order_kinds)s)
   OR listing_id = ANY(%(ended)s) AND kind = ANY(%(taking)s)
   OR listing_id = ANY(%(listings)s) AND kind = %(replaced)s
ORDER BY number
"""  # noqa: S608 - put together from constants
_LISTINGS = f"""
SELECT l.id, c.code AS chip_code, z.code AS zone_code, cardinality(l.free) AS hours,
       extract(epoch FROM l.starts_at)::bigint / 3600 AS first_hour, l.devices, l.ask_micros,
       coalesce(f.gflops_per_device, c.nominal_gflops) AS gflops
FROM marketplace_listing l
JOIN marketplace_pool p ON p.id = l.pool_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id
JOIN marketplace_site s ON s.id = p.site_id
JOIN marketplace_zone z ON z.id = s.zone_id
{FACTOR}
WHERE l.id = ANY(%s)
"""  # noqa: S608 - put together from constants
# Parked for an auction (GFA): no part of the continuous book.
_ORDERS = f"""
SELECT {WISH} FROM marketplace_order o WHERE o.id = ANY(%s) AND o.time_in_force <> 'GFA'
"""  # noqa: S608 - put together from constants
_TRADES = "SELECT id, gflops_per_device FROM marketplace_trade WHERE id = ANY(%s)"


def last_number() -> int:
    """Return the number of the market's last event; 0 before the first."""
    return int(_rows("SELECT coalesce(max(number), 0) FROM marketplace_marketevent")[0][0])


def events_after(after: int, limit: int) -> list[Happening]:
    """Return the next events of the market, in order."""
    return [Happening(*row) for row in _rows(_EVENTS, [after, limit])]


def lives_of(events: Sequence[Happening], chips: dict[int, str]) -> Lives:
    """Return the orders, listings and trades that the events are about, as rows and lives."""
    orders = _ids(event.order_id for event in events)
    listings = _ids(event.listing_id for event in events)
    if not (orders or listings):
        return Lives({}, {}, {}, chips)
    # Rows first: what has changed since is among the events that are read after them.
    listing_rows, order_rows = _dicts(_LISTINGS, [listings]), _dicts(_ORDERS, [orders])
    told = _told(events, orders, listings)
    by_listing, by_order = (_grouped(told, of) for of in ("listing_id", "order_id"))
    found = {
        number: ListingLife(**row, events=by_listing.get(number, ()))
        for row in listing_rows
        if (number := row.pop("id"))
    }
    wishes = {
        row["id"]: (
            Wish.of(row),
            OrderLife(row["amount"], row["limit_micros"], by_order.get(row["id"], ())),
        )
        for row in order_rows
    }
    return Lives(found, wishes, _trades(events, found), chips)


def _told(events: Sequence[Happening], orders: list[int], listings: list[int]) -> list[Happening]:
    parameters = {
        "orders": orders,
        "listings": listings,
        "ended": _ids(
            event.listing_id
            for event in events
            if event.kind in GONE or event.kind == REPLACED["listing"]
        ),
        "order_kinds": [*TAKING, REPLACED["order"]],
        "taking": list(TAKING),
        "replaced": REPLACED["listing"],
    }
    return [Happening(*row) for row in _rows(_LIVES, parameters)]


def _grouped(told: Sequence[Happening], column: str) -> dict[int, tuple[Happening, ...]]:
    groups: dict[int, list[Happening]] = {}
    for event in told:
        groups.setdefault(getattr(event, column) or 0, []).append(event)
    return {key: tuple(group) for key, group in groups.items()}


def _trades(
    events: Sequence[Happening], listings: dict[int, ListingLife]
) -> dict[int, PublicTrade]:
    traded = {event.number: event for event in events if event.kind == "TRADED"}
    rated = dict(_rows(_TRADES, [[event.facts["trade_id"] for event in traded.values()]]))
    return {
        number: _shown(event, listings[event.listing_id or 0], rated[event.facts["trade_id"]])
        for number, event in traded.items()
    }


def _shown(event: Happening, life: ListingLife, gflops: int) -> PublicTrade:
    facts = event.facts
    price = facts["price_micros"]
    return PublicTrade(
        chip=life.chip_code,
        zone=life.zone_code,
        devices=facts["devices"],
        starts_at=datetime.fromisoformat(facts["starts_at"]),
        ends_at=datetime.fromisoformat(facts["ends_at"]),
        price_micros=price,
        price_micros_per_pflops_hour=per_pflops_hour(price, gflops),
        traded_at=event.at,
    )


def _ids(found: Iterable[int | None]) -> list[int]:
    return sorted({number for number in found if number is not None})


def _rows(statement: str, parameters: Any = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _dicts(statement: str, parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
