"""Make trades of what auctions awarded, through the market; release what no longer can be."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from exchange.refusal import Refused
from exchange.window import hour_number
from ledger.actions import release_hold
from marketplace.actions.answers import refusal_of_answer
from marketplace.actions.asking import ask_all
from marketplace.actions.auctions.devices import return_award
from marketplace.actions.auctions.links import return_link_award
from marketplace.actions.auctions.orders import reason_of
from marketplace.actions.auctions.standing import end
from marketplace.domain.auctions.restated import request_of
from marketplace.domain.entry import Awarded, AwardOrder, LinkAwarded
from marketplace.domain.lifecycles import AUCTION, AUCTION_ENTRY
from marketplace.models import Auction, AuctionAward, AuctionLinkAward, AuctionOrder

logger = structlog.get_logger(__name__)
MOST_AT_ONCE = 50


def trade_awards(now: datetime) -> int:
    """Make the trades of published outcomes; return how many orders have them now.

    An order that the market refuses, as in a halt, is asked for again until its first hour
    begins; then its money and devices are released.
    """
    traded = 0
    for auction in Auction.objects.filter(state="PUBLISHED").order_by("starts_at", "pk"):
        last = 0
        while True:
            orders = list(_waiting(auction).filter(pk__gt=last)[:MOST_AT_ONCE])
            if not orders:
                break
            last = orders[-1].pk
            traded += _trade(auction, orders, now)
        _close(auction.pk)
    return traded


def _waiting(auction: Auction) -> QuerySet[AuctionOrder]:
    rows = auction.orders.filter(state="ACCEPTED").order_by("pk")
    return rows.prefetch_related("awards__offer__pool", "awards__links__offered__link")


def _trade(auction: Auction, orders: list[AuctionOrder], now: datetime) -> int:
    begun = [order for order in orders if _begins(auction, order) <= now]
    for order in begun:
        _lapse(order.pk, now)
    asked = [order for order in orders if order not in begun]
    if not asked:
        return 0
    answers = ask_all([_entry(auction, order) for order in asked], now=now)
    for order, answer in zip(asked, answers, strict=True):
        if answer.refused:
            refusal: Refused = refusal_of_answer(answer)
            logger.warning("award_refused", order=order.pk, code=refusal.code)
    return sum(not answer.refused for answer in answers)


def _begins(auction: Auction, order: AuctionOrder) -> datetime:
    first = min(award.first_hour for award in order.awards.all())
    return auction.starts_at + timedelta(hours=first)


def _entry(auction: Auction, order: AuctionOrder) -> AwardOrder:
    first = hour_number(auction.starts_at)
    result: dict[str, Any] = order.result or {}
    alternative: dict[str, Any] = order.bids[result["alternative"]]
    return AwardOrder(
        member=order.buyer_id,
        placed_by=order.placed_by_id,
        client_order_id=f"auction:{auction.code}:O{order.arrival}",
        auction_order=order.pk,
        request=request_of(alternative, auction.starts_at),
        awards=tuple(
            Awarded(
                award=award.pk,
                seller=award.offer.seller_id,
                pool=award.offer.pool_id,
                devices=award.devices,
                first_hour=first + award.first_hour,
                prices_micros=tuple(award.prices_micros),
                gflops=award.gflops,
                firmness=award.offer.firmness,
                recall_notice_minutes=award.offer.recall_notice_minutes,
                links=tuple(_linked(one, first) for one in award.links.all()),
            )
            for award in order.awards.all()
        ),
        held_reason=reason_of(order),
        held_micros=order.held_micros,
        vat_bp=auction.vat_bp,
    )


def _linked(one: AuctionLinkAward, first: int) -> LinkAwarded:
    return LinkAwarded(
        award=one.pk,
        link=one.offered.link_id,
        carrier=one.offered.link.carrier_id,
        gbps=one.gbps,
        gb=one.gb,
        first_hour=first + one.first_hour,
        hours=one.hours,
        price_micros_per_gbps_hour=one.price_micros_per_gbps_hour,
        price_micros_per_gb=one.price_micros_per_gb,
    )


@transaction.atomic
def _lapse(order_id: int, now: datetime) -> None:
    """Release an order whose hours begin: the market has refused it until then.

    Its gate has closed well before, so that no turn of the market can trade it meanwhile.
    """
    order = AuctionOrder.objects.select_for_update().get(pk=order_id)
    if order.state != "ACCEPTED":
        return
    for award in order.awards.select_related("offer", "auction"):
        return_award(award, award.auction)
    links = AuctionLinkAward.objects.filter(award__order=order)
    for link in links.select_related("offered", "award__auction"):
        return_link_award(link, link.award.auction)
    links.update(lapsed_at=now)
    order.awards.update(lapsed_at=now)
    reason = reason_of(order)
    release_hold(reason=reason, amount_micros=None, key=f"release:{reason}", now=now)
    end(order, "RELEASED", now)


@transaction.atomic
def _close(auction_id: int) -> None:
    """End offers and the auction of which no award waits any more."""
    auction = Auction.objects.select_for_update().get(pk=auction_id)
    waiting = AuctionAward.objects.filter(auction=auction, trade=None, lapsed_at=None)
    if auction.state != "PUBLISHED" or waiting.exists():
        return
    for offer in auction.offers.filter(state="ACCEPTED"):
        state = "TRADED" if offer.awards.exclude(trade=None).exists() else "RELEASED"
        AUCTION_ENTRY.check(offer.state, state)
        offer.state = state
        offer.save(update_fields=["state"])
    AUCTION.check(auction.state, "AGREED")
    auction.state = "AGREED"
    auction.save(update_fields=["state"])
