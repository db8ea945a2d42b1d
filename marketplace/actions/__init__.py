"""What the room does."""

from marketplace.actions.halts import halt_trading, resume_trading
from marketplace.actions.listings import publish_listing, withdraw_listing
from marketplace.actions.orders import cancel_order, place_order

__all__ = [
    "cancel_order",
    "halt_trading",
    "place_order",
    "publish_listing",
    "resume_trading",
    "withdraw_listing",
]
