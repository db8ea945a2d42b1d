"""The tape: newest trades of a product, naming nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from exchange.price import per_pflops_hour
from marketplace.domain.feed import PublicTrade
from marketplace.domain.products import Product

# From each pool its newest, by its own index, and of those the newest.
LAST = """
SELECT c.code AS chip, z.code AS zone, t.devices, t.starts_at, t.ends_at, t.price_micros,
       t.gflops_per_device, t.traded_at, t.id
FROM marketplace_pool p
JOIN marketplace_chipmodel c ON c.id = p.chip_id
JOIN marketplace_site s ON s.id = p.site_id
JOIN marketplace_zone z ON z.id = s.zone_id
CROSS JOIN LATERAL (
    SELECT * FROM marketplace_trade WHERE pool_id = p.id
    ORDER BY traded_at DESC, id DESC LIMIT %(most)s) t
WHERE p.chip_id = ANY(%(chips)s)
ORDER BY t.traded_at DESC, t.id DESC LIMIT %(most)s
"""


def tape_of(product: Product, most: int) -> list[PublicTrade]:
    """Return the product's newest trades, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"most": most, "chips": [chip.id for chip in product.chips]})
        names = [column.name for column in cursor.description or ()]
        return [trade_of(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def trade_of(row: Mapping[str, Any]) -> PublicTrade:
    """Return a row of LAST as everybody may see it; instants may come as text."""
    return PublicTrade(
        chip=row["chip"],
        zone=row["zone"],
        devices=row["devices"],
        starts_at=_instant(row["starts_at"]),
        ends_at=_instant(row["ends_at"]),
        price_micros=row["price_micros"],
        price_micros_per_pflops_hour=per_pflops_hour(row["price_micros"], row["gflops_per_device"]),
        traded_at=_instant(row["traded_at"]),
    )


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
