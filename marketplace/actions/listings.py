"""Publish and withdraw listings: sell orders that hold capacity of a pool."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts.actions import record_deed
from exchange.book import match_listing
from exchange.refusal import NotFound
from exchange.window import Window, hour_number
from marketplace.actions.capacity import CapacityChange, reserve_capacity
from marketplace.actions.trades import record_fills
from marketplace.actions.turn import Turn
from marketplace.domain.checks import check_listing, check_listing_times
from marketplace.domain.collar import Reference, check_sell_ask, check_sold
from marketplace.domain.lifecycles import LISTING, OPEN, WITHDRAWN
from marketplace.domain.refusals import IdReused, PoolNotYours
from marketplace.models import Listing, Pool
from marketplace.queries.offers import ANY_ASK, open_listings
from marketplace.queries.places import pool_views
from marketplace.queries.references import references_at
from marketplace.queries.resting import resting_orders, want_of
from marketplace.queries.standing import check_halts, owner_of, trading_member


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
    window = Window(starts_at, ends_at)
    shape: dict[str, Any] = {
        "devices": devices,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "ask_micros": ask_micros,
        "min_devices": min_devices,
        "min_hours": min_hours,
        "firmness": firmness,
        "recall_notice_minutes": recall_notice_minutes,
    }
    check_listing(**shape)
    turn = Turn(now)
    content = sha256(f"{pool_id} {sorted(shape.items())}".encode()).hexdigest()
    earlier = Listing.objects.filter(seller_id=seller_id, client_order_id=client_order_id).first()
    if earlier is not None:
        if earlier.content_hash != content:
            raise IdReused(client_order_id=client_order_id)
        return earlier
    check_listing_times(starts_at, ends_at, now=now, gate_minutes=turn.gate_minutes)
    trading_member(seller_id, "SELLER")
    pool = (
        Pool.objects.select_related("chip")
        .filter(pk=pool_id, site__owner_id=seller_id, active=True)
        .first()
    )
    if pool is None:
        raise PoolNotYours
    check_halts(member_id=seller_id, chip_id=pool.chip_id)
    reference = references_at(now, [pool.chip_id]).get(pool.chip_id)
    check_sell_ask(ask_micros, reference)
    change = CapacityChange()
    reserve_capacity(change, pool=pool, devices=devices, starts_at=starts_at, ends_at=ends_at)
    change.write()
    accepted = turn.record("LISTING_ACCEPTED")
    listing = Listing.objects.create(
        seller_id=seller_id,
        client_order_id=client_order_id,
        content_hash=content,
        pool=pool,
        free=[devices] * window.hours,
        arrival=accepted.number,
        accepted_at=now,
        **shape,
    )
    accepted.listing_id = listing.pk
    match_resting(turn, listing, reference)
    turn.finish()
    record_deed(
        verb="LISTING_PUBLISHED",
        subject=f"listing:{listing.pk}",
        now=now,
        member_id=seller_id,
        person_id=person_id,
        facts={"client_order_id": client_order_id, "pool_id": pool_id, "devices": devices},
    )
    return listing


def match_resting(turn: Turn, listing: Listing, reference: Reference | None) -> None:
    """Let a new listing meet the resting orders; withdraw it where it would meet its own."""
    orders = resting_orders(
        starts_at=listing.starts_at,
        ends_at=listing.ends_at,
        firmness=listing.firmness,
        stack=listing.pool.chip.stack,
        now=turn.now,
    )
    if not orders:
        return
    combos = sorted({(o.city_id, o.workload_class) for o in orders}, key=str)
    views = {
        (view.city_id, view.workload_class): view
        for view in pool_views(combos, now=turn.now, pools=[listing.pool_id])
    }
    rows = open_listings(
        {listing.pool_id: ANY_ASK},
        first_hour=hour_number(listing.starts_at),
        last_hour=hour_number(listing.ends_at),
        listing_id=listing.pk,
    )
    if not rows:
        return
    pairs = [
        (
            want_of(order, owner_of(order.buyer), turn.first_open),
            rows[0].seen_by(views[(order.city_id, order.workload_class)], turn.first_open),
        )
        for order in orders
    ]
    match = match_listing(pairs)
    for fill in match.fills:
        check_sold(fill.price_micros, reference)
    record_fills(
        turn,
        arrival=listing.arrival,
        fills=match.fills,
        orders={order.pk: order for order in orders},
        listings={listing.pk: listing},
        views={
            (order.pk, listing.pk): views[(order.city_id, order.workload_class)] for order in orders
        },
    )
    if match.met_itself and listing.state == OPEN:
        end_listing(turn, listing, state=WITHDRAWN, reason="SELF_TRADE")


def end_listing(turn: Turn, listing: Listing, *, state: str, reason: str) -> None:
    """End an open listing, say why in its events, and give its free devices back."""
    LISTING.check(listing.state, state)
    change = CapacityChange()
    change.add_in_orders(listing.pool_id, listing.starts_at, [-free for free in listing.free])
    change.write()
    listing.free = [0] * len(listing.free)
    listing.state = state
    listing.ended_at = turn.now
    listing.save(update_fields=["free", "state", "ended_at"])
    turn.record(f"LISTING_{state}", listing_id=listing.pk, reason=reason)


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
    record_deed(
        verb="LISTING_WITHDRAWN",
        subject=f"listing:{listing.pk}",
        now=now,
        member_id=seller_id,
        person_id=person_id,
    )
    return listing
