"""Halts and limits of members count in auctions too."""

from typing import Any

import pytest

from marketplace.actions import auctions as do
from marketplace.actions import halt_trading
from marketplace.domain.auctions.entries import OrderSent
from marketplace.models import Auction, TradingLimit
from tests.unit.marketplace.auctions.day import block, buy, refused, sell
from tests.world import World, micros


def limited(**limits: int) -> None:
    TradingLimit.objects.create(member=None, **limits)


@pytest.mark.parametrize("scope", ["MARKET", "MEMBER", "CHIP"])
def test_in_a_halt_nothing_is_entered_or_changed_but_all_may_be_cancelled(
    world: World, auction: Auction, scope: str
) -> None:
    order, offer = buy(world, auction), sell(world, auction)
    for subject in {"MARKET": [None], "CHIP": [world.h100.pk]}.get(
        scope, [world.cast.ada.id, world.cast.ben.id]
    ):
        halt_trading(scope=scope, subject_id=subject, reason="system:drill", now=world.now)
    assert refused(lambda: sell(world, auction, "s2"))[0] == "E-HALT-01"
    if scope != "CHIP":
        assert refused(lambda: buy(world, auction, "b2"))[0] == "E-HALT-01"
        again: dict[str, Any] = {"order_id": order.pk, "member_id": world.cast.ben.id}
        sent = OrderSent(bids=[block(limit_micros=micros("6"))])
        change = {**again, "version": 1, "sent": sent, "now": world.now}
        assert refused(lambda: do.change_order(**change))[0] == "E-HALT-01"
    do.cancel_order(order_id=order.pk, member_id=world.cast.ben.id, now=world.now)
    do.cancel_offer(offer_id=offer.pk, member_id=world.cast.ada.id, now=world.now)


def test_an_order_beyond_a_limit_of_one_is_refused_by_name(world: World, auction: Auction) -> None:
    limited(most_order_micros=micros("84"), most_order_devices=8)
    # 8 devices for 2 hours at ¥ 5 hold ¥ 84.80 with VAT.
    assert refused(lambda: buy(world, auction)) == ("E-LIMIT-01", "bids")
    assert refused(lambda: buy(world, auction, amount=9, hours=1)) == ("E-LIMIT-02", "bids")
    buy(world, auction, amount=7)
    assert refused(lambda: sell(world, auction)) == ("E-LIMIT-01", "steps")
    assert refused(lambda: sell(world, auction, "s2", (10_000, 9))) == ("E-LIMIT-02", "steps")
    sell(world, auction, "s3", (10_000, 8))


def test_what_is_open_here_and_in_the_continuous_market_has_one_limit(
    world: World, auction: Auction
) -> None:
    limited(most_open_micros=micros("120"))
    world.order(limit_micros=micros("2"))  # holds ¥ 33.92
    order = buy(world, auction)  # ¥ 84.80
    assert refused(lambda: buy(world, auction, "b2", amount=1)) == ("E-LIMIT-03", "bids")
    # A change is judged by what it holds instead, not on top.
    sent = OrderSent(bids=[block(limit_micros=micros("5.05"))])
    do.change_order(
        order_id=order.pk, member_id=world.cast.ben.id, version=1, sent=sent, now=world.now
    )
