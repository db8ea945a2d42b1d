"""Work out what an auction would come to, twice before its end, by the short method."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from exchange.clearing.clearing import CONFIGS, clear
from marketplace.domain.auctions.gates import indication_due
from marketplace.models import Auction, AuctionIndication
from marketplace.queries.auctions.book import book_of_auction

MOST_AT_ONCE = 20
# What a node is to a reader; nothing of it names a seller.
TOLD = ("chip", "zone", "firmness", "class")
Json = dict[str, Any]


def indicate_prices(now: datetime) -> int:
    """Write the indications that are due; return how many. Run twice, the second finds none.

    An instant that was missed is not made up for: the book of then is gone.
    """
    rows = Auction.objects.filter(state__in=["OPEN", "NO_CANCEL"], opens_at__lte=now)
    return sum(_indicate(auction, now) for auction in rows.order_by("ends_by")[:MOST_AT_ONCE])


def _indicate(auction: Auction, now: datetime) -> int:
    number = indication_due(now, ends_from=auction.ends_from, ends_by=auction.ends_by)
    if not number or auction.indications.filter(number__gte=number).exists():
        return 0
    book = book_of_auction(auction, now)
    outcome: Json = {"prices": {}, "accepted": []}
    if book["orders"] and book["offers"]:
        outcome = clear(book, CONFIGS["short"])
    sold: dict[str, int] = defaultdict(int)
    for row in outcome["accepted"]:
        for part in row["placed"]:
            sold[part["node"]] += part["devices"] * part["hours"]
    nodes = {row["node"]: {name: row.get(name, "") for name in TOLD} for row in book["nodes"]}
    _, new = AuctionIndication.objects.get_or_create(
        auction=auction,
        number=number,
        defaults={
            "at": now,
            "orders": len(book["orders"]),
            "offers": len(book["offers"]),
            "nodes": nodes if outcome["prices"] else {},
            "prices": outcome["prices"],
            "device_hours": dict(sold),
        },
    )
    return int(new)
