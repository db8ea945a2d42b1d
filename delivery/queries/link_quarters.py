"""A link quarter by quarter: what was read, what was sealed, what is missing."""

from dataclasses import dataclass
from datetime import datetime

from delivery.domain.link_metering import LinkQuarter, newest_quarters
from delivery.domain.metering import QUARTER
from delivery.models import LinkDelivery, LinkReading, SealedLinkHour


@dataclass(frozen=True)
class LinkFact:
    """One quarter-hour of a link; None and no mark while nothing is known of it."""

    starts_at: datetime
    available_gbps_seconds: int | None
    moved_mb: int
    estimated: bool


def link_quarters_of(row: LinkDelivery, from_at: datetime, to_at: datetime) -> list[LinkFact]:
    """Return the quarters of the link's window between two instants."""
    names = ("interval_start", "available_gbps_seconds", "moved_mb", "version", "quality")
    read = newest_quarters(
        LinkQuarter(*values)
        for values in LinkReading.objects.filter(
            link_delivery=row, interval_start__gte=from_at, interval_start__lt=to_at
        ).values_list(*names)
    )
    sealed = _sealed(row, from_at, to_at)
    facts, start = [], max(from_at, row.starts_at)
    while start < min(to_at, row.ends_at):
        one, mark = read.get(start), sealed.get(start)
        if one is not None:
            estimated = one.quality == "ESTIMATED"
            facts.append(LinkFact(start, one.available_gbps_seconds, one.moved_mb, estimated))
        else:
            facts.append(mark or LinkFact(start, None, 0, estimated=False))
        start += QUARTER
    return facts


def _sealed(row: LinkDelivery, from_at: datetime, to_at: datetime) -> dict[datetime, LinkFact]:
    """Return what the newest seal of each hour says of the quarters that nobody read."""
    seals = SealedLinkHour.objects.filter(
        link_delivery=row, hour_start__gte=from_at, hour_start__lt=to_at
    ).order_by("id")
    found = {}
    for seal in seals:
        for index, amount in enumerate(seal.quarter_gbps_seconds):
            start = seal.hour_start + index * QUARTER
            found[start] = LinkFact(start, amount, seal.quarter_mb[index], seal.estimated[index])
    return found
