"""What the room does."""

from marketplace.actions.listings import publish_listing, withdraw_listing
from marketplace.actions.orders import cancel_order, place_order

__all__ = ["cancel_order", "place_order", "publish_listing", "withdraw_listing"]
