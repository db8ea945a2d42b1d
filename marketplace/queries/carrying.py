"""A carrier's links and what is sold of them; the links that a member bought or sold."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from exchange.refusal import NotFound
from exchange.window import delivery_day
from marketplace.models import AuctionLink, CarrierLink, LinkDay, LinkTrade

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
    return LinkTrade.objects.filter(mine).select_related(
        "link__zone", "link__city", "carrier", "award__offered__auction"
    )


def auctioned_links_of(member_id: int) -> QuerySet[AuctionLink]:
    """Return what of the carrier's links stood in auctions, with what was sold of it, newest first.

    `sold_gbps_hours` and `value_micros` (net) do not count what lapsed.
    """
    kept = Q(awards__lapsed_at=None)
    rows = AuctionLink.objects.filter(link__carrier_id=member_id)
    return (
        rows.select_related("auction", "link__zone", "link__city")
        .annotate(
            sold_gbps_hours=Coalesce(Sum(F("awards__gbps") * F("awards__hours"), filter=kept), 0),
            value_micros=Coalesce(Sum("awards__value_micros", filter=kept), 0),
        )
        .order_by("-auction__starts_at", "-auction_id", "number")
    )


def taken_by_hour(link_id: int, day: date) -> tuple[list[int], list[int]]:
    """Return the Gbit/s of a link that are sold, and in auctions, in each hour of a day."""
    row = LinkDay.objects.filter(link_id=link_id, day=day).first()
    nothing = [0] * SLOTS
    return (list(row.sold_gbps), list(row.in_auctions_gbps)) if row else (nothing, nothing)


def most_sold(link_ids: Iterable[int], now: datetime) -> Counter[int]:
    """Return the most Gbit/s of each link that are sold or in auctions in an hour from today on."""
    days = LinkDay.objects.filter(link_id__in=list(link_ids), day__gte=delivery_day(now))
    found: Counter[int] = Counter()
    for link_id, *both in days.values_list("link_id", "sold_gbps", "in_auctions_gbps"):
        found[link_id] = max(found[link_id], *map(sum, zip(*both, strict=True)))
    return found
