"""Publish and withdraw listings: sell orders that hold capacity of a pool."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from exchange.refusal import NotFound
from marketplace.actions.capacity import reserve_capacity
from marketplace.actions.resting import end_listing, meet_resting
from marketplace.actions.turn import Turn
from marketplace.domain.checks import check_client_id
from marketplace.domain.collar import Reference, check_sell_ask
from marketplace.domain.lifecycles import WITHDRAWN
from marketplace.domain.listing_request import (
    ListingRequest,
    check_listing,
    check_listing_times,
)
from marketplace.domain.refusals import IdReused, PoolNotYours
from marketplace.models import Listing, Pool
from marketplace.queries.references import references_at
from marketplace.queries.standing import check_halts, trading_member


@transaction.atomic
def publish_listing(
    *,
    seller_id: int,
    client_order_id: str,
    pool_id: int,
    devices: int,
    starts_at: datetime,
    ends_at: datetime,
    ask_micros: int,
    min_devices: int = 1,
    min_hours: int = 1,
    firmness: str = "FIRM",
    recall_notice_minutes: int | None = None,
    person_id: int | None = None,
    now: datetime,
) -> Listing:
    """Offer devices of a pool for a window at an ask per device-hour; meet resting orders.

    Holds the pool's capacity from acceptance on. The same id with the same content
    returns the first listing. Refuses by name what is malformed, closed, halted, or
    more than the pool has free.
    """
    request = ListingRequest(
        pool_id=pool_id,
        devices=devices,
        starts_at=starts_at,
        ends_at=ends_at,
        ask_micros=ask_micros,
        min_devices=min_devices,
        min_hours=min_hours,
        firmness=firmness,
        recall_notice_minutes=recall_notice_minutes,
    )
    check_client_id(client_order_id)
    check_listing(request)
    turn = Turn(now)
    if earlier := _earlier(seller_id, client_order_id, request):
        return earlier
    check_listing_times(request, now=now, gate_minutes=turn.gate_minutes)
    listing, reference = _accept(turn, seller_id, client_order_id, request)
    meet_resting(turn, listing, reference)
    turn.finish()
    _record(listing, "LISTING_PUBLISHED", person_id, now)
    return listing


def _earlier(seller_id: int, client_order_id: str, request: ListingRequest) -> Listing | None:
    """Return the listing that the id names already; refuse another content."""
    found = Listing.objects.filter(seller_id=seller_id, client_order_id=client_order_id).first()
    if found is not None and found.content_hash != request.content_hash:
        raise IdReused(client_order_id=client_order_id)
    return found


def _accept(
    turn: Turn, seller_id: int, client_order_id: str, request: ListingRequest
) -> tuple[Listing, Reference | None]:
    """Check seller, pool and ask, and put the devices in orders."""
    trading_member(seller_id, "SELLER")
    pool = (
        Pool.objects.select_related("chip")
        .filter(pk=request.pool_id, site__owner_id=seller_id, active=True)
        .first()
    )
    if pool is None:
        raise PoolNotYours
    check_halts(member_id=seller_id, chip_id=pool.chip_id)
    reference = references_at(turn.now, [pool.chip_id]).get(pool.chip_id)
    check_sell_ask(request.ask_micros, reference)
    reserve_capacity(
        pool, devices=request.devices, starts_at=request.starts_at, ends_at=request.ends_at
    )
    accepted = turn.record("LISTING_ACCEPTED")
    listing = Listing.objects.create(
        seller_id=seller_id,
        client_order_id=client_order_id,
        content_hash=request.content_hash,
        pool=pool,
        free=[request.devices] * request.hours,
        arrival=accepted.number,
        accepted_at=turn.now,
        **{name: fact for name, fact in request.facts.items() if name != "pool_id"},
    )
    accepted.listing_id = listing.pk
    return listing, reference


@transaction.atomic
def withdraw_listing(
    *, seller_id: int, listing_id: int, person_id: int | None = None, now: datetime
) -> Listing:
    """Withdraw what is unsold of the seller's listing; what is sold stays sold.

    Refuses a listing that has ended, and one that is not the seller's (as if there were none).
    """
    turn = Turn(now)
    listing = Listing.objects.filter(seller_id=seller_id, pk=listing_id).first()
    if listing is None:
        raise NotFound
    end_listing(turn, listing, state=WITHDRAWN, reason="BY_SELLER")
    turn.finish()
    _record(listing, "LISTING_WITHDRAWN", person_id, now)
    return listing


def _record(listing: Listing, verb: str, person_id: int | None, now: datetime) -> None:
    record_deed(
        verb=verb,
        subject=f"listing:{listing.pk}",
        now=now,
        member_id=listing.seller_id,
        person_id=person_id,
        facts={"client_order_id": listing.client_order_id, "pool_id": listing.pool_id},
    )
