"""Sellers' offers in a call auction: entered, changed, cancelled, their devices taken out."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from exchange.refusal import NotFound
from marketplace.actions.auctions.devices import return_devices, take_devices
from marketplace.actions.auctions.limits import check_halts, check_offer_limits
from marketplace.actions.auctions.standing import (
    check_cancelling,
    check_member,
    check_other_side,
    check_version,
    end,
    locked,
    next_arrival,
    only_improves,
    sent_before,
    standing_among,
)
from marketplace.domain.auctions.entries import OfferSent, check_better_offer, check_offer
from marketplace.domain.checks import FIRMNESS, check_choice, check_range
from marketplace.domain.listing_request import MOST_NOTICE_MINUTES
from marketplace.domain.refusals import Contradiction
from marketplace.models import Auction, AuctionOffer, Pool

SAME = (
    "firmness",
    "recall_notice_minutes",
    "first_hour",
    "hours",
    "steps",
    "devices",
    "min_devices",
    "start_up_micros",
    "min_sold_bp",
)


@transaction.atomic
def enter_offer(
    *,
    auction_id: int,
    member_id: int,
    client_order_id: str,
    sent: OfferSent,
    now: datetime,
    person_id: int | None = None,
) -> AuctionOffer:
    """Take an offer in and its devices off the continuous market; sent twice, entered once.

    Refuses what the rules or the phase refuse, another's pool with NotFound, and devices that
    are listed, sold or auctioned already with CapacityShort.
    """
    own = AuctionOffer.objects.filter(seller_id=member_id)
    before = sent_before(
        own,
        client_order_id=client_order_id,
        content_hash=sent.content_hash,
        same_auction=auction_id,
    )
    if before is not None:
        return before
    auction = locked(auction_id, now=now)
    check_member(member_id, "SELLER", own.filter(auction=auction))
    check_other_side(member_id, auction.orders.all(), "buyer")
    pools = Pool.objects.filter(site__owner_id=member_id, active=True, site__active=True)
    if not pools.filter(pk=sent.pool_id).exists():
        raise NotFound
    _check(sent, auction, member_id)
    offer = AuctionOffer.objects.create(
        auction=auction,
        seller_id=member_id,
        pool_id=sent.pool_id,
        client_order_id=client_order_id,
        content_hash=sent.content_hash,
        arrival=next_arrival(auction),
        entered_at=now,
        **{name: getattr(sent, name) for name in SAME},
    )
    take_devices(offer, auction)
    _deed("AUCTION_OFFER_ENTERED", offer, now, person_id)
    return offer


@transaction.atomic
def change_offer(
    *,
    offer_id: int,
    member_id: int,
    version: int,
    sent: OfferSent,
    now: datetime,
    person_id: int | None = None,
) -> AuctionOffer:
    """Put another curve in an offer's place, in the same pool; near the end only a better one."""
    own = AuctionOffer.objects.filter(seller_id=member_id)
    offer, auction = standing_among(own, offer_id, now)
    check_version(offer.version, version)
    if sent.pool_id != offer.pool_id:
        raise Contradiction(field="pool_id", other="offer")
    _check(sent, auction, member_id)
    if only_improves(auction, now):
        since = auction.no_cancel_at.isoformat()
        check_better_offer(offer, sent, since=since, auction=auction.code)
    return_devices(offer, auction)
    for name in SAME:
        setattr(offer, name, getattr(sent, name))
    offer.version += 1
    offer.save()
    take_devices(offer, auction)
    _deed("AUCTION_OFFER_CHANGED", offer, now, person_id)
    return offer


@transaction.atomic
def cancel_offer(
    *, offer_id: int, member_id: int, now: datetime, person_id: int | None = None
) -> AuctionOffer:
    """End an offer while the auction is open and return its devices."""
    own = AuctionOffer.objects.filter(seller_id=member_id)
    offer, auction = standing_among(own, offer_id, now)
    check_cancelling(auction, now)
    release_offer(offer, auction, "CANCELLED", now)
    _deed("AUCTION_OFFER_CANCELLED", offer, now, person_id)
    return offer


def release_offer(offer: AuctionOffer, auction: Auction, state: str, now: datetime) -> None:
    """End an offer that sells nothing, and return all its devices."""
    return_devices(offer, auction)
    end(offer, state, now)


def _check(sent: OfferSent, auction: Auction, member_id: int) -> None:
    check_halts(member_id, chip=Pool.objects.get(pk=sent.pool_id).chip.code)
    check_offer(sent, hours=auction.hours)
    check_offer_limits(member_id, sent)
    check_choice("firmness", sent.firmness, FIRMNESS)
    if sent.firmness == "RECALLABLE":
        notice = sent.recall_notice_minutes or 0
        check_range("recall_notice_minutes", notice, 1, MOST_NOTICE_MINUTES)
    elif sent.recall_notice_minutes is not None:
        raise Contradiction(field="recall_notice_minutes", other="firmness")


def _deed(verb: str, offer: AuctionOffer, now: datetime, person_id: int | None) -> None:
    record_deed(
        verb=verb,
        subject=f"auction-offer:{offer.pk}",
        now=now,
        member_id=offer.seller_id,
        person_id=person_id,
        facts={"client_order_id": offer.client_order_id, "version": offer.version},
    )
