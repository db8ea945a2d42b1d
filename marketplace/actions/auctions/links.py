"""Links in auctions: taken out of what is for sale when a book is frozen, and given back."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from marketplace.actions.auctions.slots import add_in_auctions, slots_of
from marketplace.actions.rows import as_json
from marketplace.models import Auction, AuctionLink, AuctionLinkAward, CarrierLink, LinkDay
from marketplace.queries.auctions.links import days_of, links_asked_for

Json = dict[str, Any]
OPEN_LINK_DAYS = """
INSERT INTO marketplace_linkday (link_id, day, capacity_gbps, sold_gbps)
SELECT r.link_id, r.day, r.capacity_gbps, array_fill(0, ARRAY[24])
FROM json_to_recordset(%(rows)s) AS r(link_id bigint, day date, capacity_gbps int)
ON CONFLICT (link_id, day) DO UPDATE SET capacity_gbps = EXCLUDED.capacity_gbps
WHERE marketplace_linkday.capacity_gbps < EXCLUDED.capacity_gbps
"""


def lock_links(auction: Auction) -> None:
    """Lock the links that the auction's orders ask for, and their days, until the commit.

    A turn of the market that wants the same Gbit/s waits, and then finds them gone.
    """
    # Not for their keys: what is sold of a link refers to it and need not wait.
    links: list[CarrierLink] = list(links_asked_for(auction).select_for_update(no_key=True))
    rows = [
        {"link_id": link.pk, "day": day, "capacity_gbps": link.capacity_gbps}
        for link in links
        for day in days_of(auction)
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(OPEN_LINK_DAYS, {"rows": as_json(rows)})
    days = LinkDay.objects.select_for_update().filter(link__in=links, day__in=days_of(auction))
    list(days.order_by("link_id", "day"))


def put_links_in(auction: Auction, rows: Iterable[AuctionLink]) -> None:
    """Write what stands in the frozen book, and take it off the continuous market."""
    for row in AuctionLink.objects.bulk_create(rows):
        _add(auction, row.link_id, row, _whole(row))


def _whole(row: AuctionLink) -> Callable[[int], int]:
    return lambda _hour: row.gbps


def return_links(auction: Auction, outcome: Json | None = None) -> None:
    """Give back what the outcome has not sold of the auction's links; without one, all."""
    sold: dict[tuple[int, int], int] = defaultdict(int)
    for part in (one for row in (outcome or {}).get("accepted", []) for one in row["carried_by"]):
        for hour in range(part["first_hour"], part["first_hour"] + part["hours"]):
            sold[part["link"], hour] += part["gbps"]
    for row in auction.links.all():
        _add(auction, row.link_id, row, _unsold(row, sold))


def _unsold(row: AuctionLink, sold: dict[tuple[int, int], int]) -> Callable[[int], int]:
    return lambda hour: sold.get((row.number, hour), 0) - row.gbps


def return_link_award(award: AuctionLinkAward, auction: Auction) -> None:
    """Give back the Gbit/s of an award that nothing can be made of any more."""
    _add(auction, award.offered.link_id, award, lambda _hour: -award.gbps)


def _add(
    auction: Auction,
    link_id: int,
    what: AuctionLink | AuctionLinkAward,
    gbps_in: Callable[[int], int],
) -> None:
    """Add Gbit/s to what of a link stands in auctions; hours count from the auction's first."""
    slots = slots_of(auction, what.first_hour, what.hours)
    rows = LinkDay.objects.select_for_update().filter(link_id=link_id, day__in=list(slots))
    add_in_auctions(rows.order_by("day"), "in_auctions_gbps", auction, slots, gbps_in)
