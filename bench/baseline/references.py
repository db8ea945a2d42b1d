"""Reference prices in force: what the collar and the index refer to."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from marketplace.domain.collar import Reference

_SQL = """
SELECT c.id, c.code, r.price_micros, c.nominal_gflops
FROM marketplace_chipmodel c
CROSS JOIN LATERAL (
    SELECT price_micros FROM marketplace_referenceprice
    WHERE chip_id = c.id AND as_of <= %s ORDER BY as_of DESC, id DESC LIMIT 1) r
WHERE (%s::bigint[] IS NULL OR c.id = ANY(%s))
"""


def references_at(now: datetime, chips: Sequence[int] | None = None) -> dict[int, Reference]:
    """Return the newest reference price of each chip model, by chip id."""
    wanted = None if chips is None else list(chips)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [now, wanted, wanted])
        return {row[0]: Reference(*row) for row in cursor.fetchall()}
