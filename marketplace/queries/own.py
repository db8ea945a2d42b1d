"""A member's own open orders and listings in a product; nobody else's."""

from exchange.window import ceil_hour, floor_hour, hour_number
from marketplace.domain.products import Product, Wish
from marketplace.models import Listing, Order
from marketplace.queries.books import listings_of, orders_of
from marketplace.queries.resting import OPEN_STATES

MOST_ORDERS = 50
MOST_LISTINGS = 10


def own_orders(member_id: int, product: Product) -> list[Order]:
    """Return the member's newest open orders whose conditions take a chip of the product."""
    rows = orders_of(member_id).filter(state__in=OPEN_STATES)[:MOST_ORDERS]
    wishes = ((order, wish_of(order)) for order in rows)
    return [order for order, wish in wishes if any(wish.takes(chip) for chip in product.chips)]


def own_listings(member_id: int, product: Product) -> list[Listing]:
    """Return the member's newest open listings of the product's chips."""
    chips = [chip.id for chip in product.chips]
    rows = listings_of(member_id).filter(state="OPEN", pool__chip_id__in=chips)
    return list(rows[:MOST_LISTINGS])


def wish_of(order: Order) -> Wish:
    """Return the unchanging part of an order."""
    return Wish(
        unit=order.unit,
        first_hour=hour_number(ceil_hour(order.earliest)),
        last_hour=hour_number(floor_hour(order.latest)),
        chips_allowed=tuple(order.chips_allowed),
        families_allowed=tuple(order.families_allowed),
        families_excluded=tuple(order.families_excluded),
        stack=order.stack,
        min_memory_gb=order.min_memory_gb,
    )
