"""Carriers' links as an auction's book would have them now: free, offered, and of use there."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from exchange.window import day_start, delivery_day, hour_number
from marketplace.domain.auctions.link_rows import asks_link, most_asked, runs_of
from marketplace.models import Auction, AuctionLink, AuctionOrder, CarrierLink, LinkDay
from marketplace.queries.facts import halts_in_force
from marketplace.queries.standing import owner_of

Json = dict[str, Any]
DAY = timedelta(days=1)
# What is just enough for all looks scarce, and any price up to what buyers can pay clears it.
SPARE_GBPS = 1


def links_for(auction: Auction) -> list[AuctionLink]:
    """Return the rows of links that the auction's book has now, unsaved, numbered from 1.

    In come links to the cities of orders that ask for one, from zones in which something is
    offered, at a price that the auction may have, of carriers who may trade and behind whom no
    buyer of a link stands. Each with what it has left in each hour, and no more than those
    orders could use together and `SPARE_GBPS` more.
    """
    orders = _asking(auction)
    asked = most_asked(order.bids for order in orders)
    if not asked:
        return []
    rows: list[AuctionLink] = []
    links = list(_offered(auction, asked, orders))
    taken = _taken(links, auction)
    for link in links:
        before = len(rows)
        free = [link.capacity_gbps - gbps for gbps in taken[link.pk]]
        rows += [
            AuctionLink(
                auction=auction,
                link=link,
                number=before + at,
                first_hour=run.first_hour,
                hours=run.hours,
                gbps=run.gbps,
                price_micros_per_gbps_hour=link.price_micros_per_gbps_hour,
                price_micros_per_gb=link.price_micros_per_gb,
            )
            for at, run in enumerate(runs_of(free, asked[link.city.code] + SPARE_GBPS), 1)
        ]
    return rows


def book_rows(links: Iterable[AuctionLink]) -> list[Json]:
    """Return links as docs/auction-format.md has them, carriers still by their own number."""
    return [
        {
            "link": row.number,
            "zone": row.link.zone.code,
            "city": row.link.city.code,
            "gbps": row.gbps,
            "carrier": row.link.carrier_id,
            "arrival": row.number,
            "first_hour": row.first_hour,
            "hours": row.hours,
            "price_micros_per_gbps_hour": row.price_micros_per_gbps_hour,
            "price_micros_per_gb": row.price_micros_per_gb,
        }
        for row in links
    ]


def days_of(auction: Auction) -> list[date]:
    """Return the delivery days on which the auction has hours."""
    first, last = auction.starts_at, auction.starts_at + timedelta(hours=auction.hours - 1)
    days = (delivery_day(last) - delivery_day(first)).days + 1
    return [delivery_day(first) + at * DAY for at in range(days)]


def links_asked_for(auction: Auction) -> QuerySet[CarrierLink]:
    """Return the active links to the cities of orders that ask for one, by their number."""
    cities = sorted(most_asked(order.bids for order in _asking(auction)))
    return CarrierLink.objects.filter(active=True, city__code__in=cities).order_by("pk")


def _asking(auction: Auction) -> list[AuctionOrder]:
    rows = auction.orders.filter(state="ENTERED").select_related("buyer")
    return [order for order in rows if any(map(asks_link, order.bids))]


def _offered(
    auction: Auction, asked: Iterable[str], orders: Iterable[AuctionOrder]
) -> list[CarrierLink]:
    owners = {owner_of(order.buyer) for order in orders}
    halted = {int(subject) for scope, subject in halts_in_force() if scope == "MEMBER"}
    zones = auction.offers.filter(state="ENTERED").values("pool__site__zone_id")
    rows = CarrierLink.objects.filter(
        active=True,
        city__code__in=list(asked),
        zone_id__in=zones,
        carrier__state="ADMITTED",
        carrier__capabilities__contains=["CARRIER"],
        price_micros_per_gbps_hour__lte=auction.price_most_micros,
    )
    rows = rows.select_related("carrier", "zone", "city").order_by("pk")
    return [
        row for row in rows if row.carrier_id not in halted and owner_of(row.carrier) not in owners
    ]


def _taken(links: Iterable[CarrierLink], auction: Auction) -> dict[int, list[int]]:
    """Return the Gbit/s of each link that are sold or in auctions, by hour of the auction."""
    found = {link.pk: [0] * auction.hours for link in links}
    first = hour_number(auction.starts_at)
    rows = LinkDay.objects.filter(link_id__in=list(found), day__in=days_of(auction))
    for row in rows:
        midnight = hour_number(day_start(row.day)) - first
        for slot, (sold, auctioned) in enumerate(
            zip(row.sold_gbps, row.in_auctions_gbps, strict=True)
        ):
            if 0 <= midnight + slot < auction.hours:
                found[row.link_id][midnight + slot] += sold + auctioned
    return found
