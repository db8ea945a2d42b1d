"""A new listing meets the resting orders."""

from collections.abc import Sequence

from exchange.book import match_listing
from exchange.book.listing import Pair
from exchange.window import hour_number
from marketplace.actions.capacity import CapacityChange
from marketplace.actions.trades import record_fills
from marketplace.actions.turn import Turn
from marketplace.domain.collar import Reference, check_sold
from marketplace.domain.lifecycles import LISTING, OPEN, WITHDRAWN
from marketplace.models import Listing, Order
from marketplace.queries.offers import ANY_ASK, open_listings
from marketplace.queries.places import PoolView, View, pool_views
from marketplace.queries.resting import resting_orders, want_of
from marketplace.queries.standing import owner_of


def meet_resting(turn: Turn, listing: Listing, reference: Reference | None) -> None:
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
    asked = sorted({_view_of(order) for order in orders}, key=str)
    views = {
        (view.city_id, view.workload_class): view
        for view in pool_views(asked, now=turn.now, pools=[listing.pool_id])
    }
    match = match_listing(_pairs(turn, listing, orders, views))
    for fill in match.fills:
        check_sold(fill.price_micros, reference)
    record_fills(
        turn,
        arrival=listing.arrival,
        fills=match.fills,
        orders={order.pk: order for order in orders},
        listings={listing.pk: listing},
        views={(order.pk, listing.pk): views[_view_of(order)] for order in orders},
    )
    if match.met_itself and listing.state == OPEN:
        end_listing(turn, listing, state=WITHDRAWN, reason="SELF_TRADE")


def _view_of(order: Order) -> View:
    return order.city_id, order.workload_class


def _pairs(
    turn: Turn, listing: Listing, orders: Sequence[Order], views: dict[View, PoolView]
) -> list[Pair]:
    """Return each order with the listing as it sees it; none while the listing is not offered."""
    rows = open_listings(
        {listing.pool_id: ANY_ASK},
        first_hour=hour_number(listing.starts_at),
        last_hour=hour_number(listing.ends_at),
        listing_id=listing.pk,
    )
    return [
        (
            want_of(order, owner_of(order.buyer), turn.first_open),
            row.seen_by(views[_view_of(order)], turn.first_open),
        )
        for row in rows
        for order in orders
    ]


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
