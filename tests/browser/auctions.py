"""Two auctions for the browser tests to look at: one published, one open, both with entries."""

from datetime import datetime

from marketplace.actions import auctions as do
from marketplace.actions.auctions.clearing import clear_frozen
from marketplace.domain.auctions.entries import OfferSent, OrderSent
from marketplace.models import Auction, Pool
from timetable.queries import wall_now

YUAN = 1_000_000
# Served, served, lost for its limit, and larger than any offer.
ASKED = (("BLOCK", 8, 9), ("DIVISIBLE", 12, 7), ("GANG", 4, 2), ("BLOCK", 999, 9))


def hold_auctions(now: datetime, *, buyer: int, seller: int) -> None:
    """Open what is due, enter offers and orders in the next two, and publish the first.

    Its times are given to it: the market's clock stays where it is.
    """
    do.open_auctions(now)
    first, second = Auction.objects.filter(kind="DAY_AHEAD").order_by("ends_by")[:2]
    for auction in (first, second):
        _offer(auction, seller, now)
        _order(auction, buyer, now)
    do.advance_auctions(first.no_cancel_at)
    do.advance_auctions(first.ends_by)
    clear_frozen(now=first.ends_by, wall=wall_now)


def _offer(auction: Auction, seller: int, now: datetime) -> None:
    pools = Pool.objects.filter(site__owner_id=seller, connector="simulated")
    for number, pool in enumerate(pools.order_by("-devices", "pk")[:3]):
        steps = [((4 + number) * YUAN, 8), ((6 + number) * YUAN, 8)]
        do.enter_offer(
            auction_id=auction.pk,
            member_id=seller,
            client_order_id=f"{auction.code}-{number}",
            sent=OfferSent(pool_id=pool.pk, steps=steps, hours=24),
            now=now,
        )


def _order(auction: Auction, buyer: int, now: datetime) -> None:
    for number, (kind, amount, limit) in enumerate(ASKED):
        bid = {"kind": kind, "amount": amount, "hours": 4, "limit_micros": limit * YUAN}
        do.enter_order(
            auction_id=auction.pk,
            member_id=buyer,
            client_order_id=f"{auction.code}-{number}",
            sent=OrderSent(bids=[bid]),
            now=now,
        )
