"""A carrier's links and what is sold of them; the links that a member bought or sold."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet

from exchange.refusal import NotFound
from exchange.window import delivery_day
from marketplace.models import CarrierLink, LinkDay, LinkTrade

SLOTS = 24


def links_of(member_id: int) -> QuerySet[CarrierLink]:
    """Return the carrier's links, by zone and city."""
    return CarrierLink.objects.filter(carrier_id=member_id).select_related("zone", "city")


def link_for(member_id: int, link_id: int) -> CarrierLink:
    """Return one of the carrier's links; NotFound for anybody else's."""
    link = links_of(member_id).filter(pk=link_id).first()
    if link is None:
        raise NotFound
    return link


def link_trades_of(member_id: int) -> QuerySet[LinkTrade]:
    """Return links that the member bought or sold, newest first."""
    mine = Q(buyer_id=member_id) | Q(carrier_id=member_id)
    return LinkTrade.objects.filter(mine).select_related("link__zone", "link__city", "carrier")


def sold_by_hour(link_id: int, day: date) -> list[int]:
    """Return the Gbit/s of a link that are sold in each hour of a delivery day."""
    row = LinkDay.objects.filter(link_id=link_id, day=day).first()
    return list(row.sold_gbps) if row else [0] * SLOTS


def most_sold(link_ids: Iterable[int], now: datetime) -> Counter[int]:
    """Return the most Gbit/s that are sold of each link in an hour from today on."""
    days = LinkDay.objects.filter(link_id__in=list(link_ids), day__gte=delivery_day(now))
    found: Counter[int] = Counter()
    for link_id, sold in days.values_list("link_id", "sold_gbps"):
        found[link_id] = max(found[link_id], *sold)
    return found
