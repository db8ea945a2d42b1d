"""What members say in the stories of an auction."""

from typing import Any

import pytest
from django.db import transaction

from exchange.refusal import Refused
from marketplace.actions import auctions as do
from marketplace.actions.auctions.clearing import clear_frozen
from marketplace.domain.auctions.entries import OfferSent, OrderSent
from marketplace.models import Auction
from tests.world import World, micros
from timetable.queries import wall_now


def block(**more: Any) -> dict[str, Any]:
    bid = {"kind": "BLOCK", "amount": 8, "hours": 2, "limit_micros": micros("5"), "latest": 24}
    return {**bid, **more}


def buy(world: World, auction: Auction, own_id: str = "b1", **more: Any) -> Any:
    bids = more.pop("bids", None) or [block(**more)]
    return do.enter_order(
        auction_id=auction.pk,
        member_id=world.cast.ben.id,
        client_order_id=own_id,
        sent=OrderSent(bids=bids),
        now=world.now,
    )


def curve(world: World, *steps: tuple[int, int], **more: Any) -> OfferSent:
    found = steps or ((micros("1.85"), 16),)
    return OfferSent(pool_id=world.west_pool.pk, steps=list(found), hours=24, **more)


def sell(world: World, auction: Auction, own_id: str = "s1", *steps: tuple[int, int]) -> Any:
    return do.enter_offer(
        auction_id=auction.pk,
        member_id=world.cast.ada.id,
        client_order_id=own_id,
        sent=curve(world, *steps),
        now=world.now,
    )


def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as no, transaction.atomic():
        call()
    return no.value.code, no.value.field


def cleared(auction: Auction) -> Auction:
    """Walk an auction through its end and clearing."""
    do.advance_auctions(auction.no_cancel_at)
    do.advance_auctions(auction.ends_by)
    clear_frozen(now=auction.ends_by, wall=wall_now)
    auction.refresh_from_db()
    return auction
