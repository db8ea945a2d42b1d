"""The carriers' door: readings of a link by the carrier's own meter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counter.waking import announce
from delivery.actions.links.readings import append_quarters
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.refusals import ReadingRefused
from delivery.models import LinkDelivery
from exchange.refusal import NotFound


@dataclass(frozen=True)
class LinkReadingsTaken:
    """What became of a batch: the chain's head and length, and how many readings were new."""

    chain_head: str
    chain_length: int
    stored: int
    known: int


@transaction.atomic
def accept_link_readings(
    *, member_id: int, link_delivery_id: int, readings: Sequence[LinkQuarter], now: datetime
) -> LinkReadingsTaken:
    """Store a carrier's readings of one link, all or none; same values again change nothing.

    Refuses what cannot be true with ReadingRefused and other values for a stored interval and
    version with ReadingConflict. NotFound unless the member carries the link and it was begun.
    """
    row = (
        LinkDelivery.objects.select_for_update(of=("self",))
        .filter(pk=link_delivery_id, agreement__seller_id=member_id)
        .filter(state__in=["DELIVERING", "COMPLETED"])
        .first()
    )
    if row is None:
        raise NotFound
    if not readings:
        raise ReadingRefused(index=0, flag="a batch has at least one reading")
    stored = append_quarters(row, readings, now)
    if stored:
        announce("reading")
    return LinkReadingsTaken(row.chain_head, row.chain_length, stored, len(readings) - stored)
