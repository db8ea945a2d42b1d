"""Publish reference prices: what the collar of each chip model refers to."""

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.models import ReferencePrice
from marketplace.queries.prices import weighted_prices
from marketplace.queries.references import references_at

LOOK_BACK = timedelta(days=1)
SOURCE = "volume-weighted last trades"


@transaction.atomic
def publish_reference_prices(now: datetime) -> int:
    """Append the price of each chip that traded in the last day; return how many changed."""
    before = references_at(now)
    rows = [
        ReferencePrice(chip_id=chip_id, price_micros=price, as_of=now, source=SOURCE)
        for chip_id, price in weighted_prices(since=now - LOOK_BACK, until=now).items()
        if chip_id not in before or before[chip_id].price_micros != price
    ]
    ReferencePrice.objects.bulk_create(rows)
    return len(rows)
