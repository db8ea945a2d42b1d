"""Words of the stories about links in an auction."""

from typing import Any

from config.invariants import find_violations
from marketplace.actions import auctions as do
from marketplace.actions import change_link
from marketplace.domain.auctions.entries import OfferSent
from marketplace.domain.links import LinkOffering
from marketplace.models import (
    Auction,
    CarrierLink,
    LinkDay,
)
from tests.world import World, micros

LINKED: dict[str, Any] = {"city": "shanghai", "link_gbps": 10, "latest": 2}


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def sell(world: World, auction: Auction, own_id: str = "s1", devices: int = 16) -> Any:
    sent = OfferSent(pool_id=world.east_pool.pk, steps=[(micros("1.85"), devices)], hours=24)
    return do.enter_offer(
        auction_id=auction.pk,
        member_id=world.cast.ada.id,
        client_order_id=own_id,
        sent=sent,
        now=world.now,
    )


def second_carrier(world: World, gbps: int, price: str) -> CarrierLink:
    """Dana lays a link beside Gwen's."""
    dana = world.cast.dana.member
    dana.capabilities = ["CARRIER"]
    dana.save()
    return CarrierLink.objects.create(
        carrier=dana,
        zone=world.east,
        city=world.city,
        capacity_gbps=gbps,
        price_micros_per_gbps_hour=micros(price),
        price_micros_per_gb=20_000,
        rtt_us=9_000,
    )


def in_auctions() -> int:
    return sum(sum(day.in_auctions_gbps) for day in LinkDay.objects.all())


def sold() -> int:
    return sum(sum(day.sold_gbps) for day in LinkDay.objects.all())


def frozen(auction: Auction) -> Auction:
    do.advance_auctions(auction.no_cancel_at)
    do.advance_auctions(auction.ends_by)
    auction.refresh_from_db()
    return auction


def offering(**more: Any) -> LinkOffering:
    facts = {
        "capacity_gbps": 100,
        "price_micros_per_gbps_hour": micros(1),
        "price_micros_per_gb": 10_000,
        "rtt_us": 7_000,
    }
    return LinkOffering(**facts | more)


def change(world: World, **more: Any) -> None:
    change_link(
        carrier_id=world.cast.gwen.id,
        link_id=world.link.pk,
        offering=offering(**more),
        person_id=None,
        now=world.now,
    )
