"""What is done to call auctions."""

from marketplace.actions.auctions.clearing import clear_frozen
from marketplace.actions.auctions.offers import cancel_offer, change_offer, enter_offer
from marketplace.actions.auctions.opening import open_auctions
from marketplace.actions.auctions.orders import cancel_order, change_order, enter_order
from marketplace.actions.auctions.phases import advance_auctions

__all__ = [
    "advance_auctions",
    "cancel_offer",
    "cancel_order",
    "change_offer",
    "change_order",
    "clear_frozen",
    "enter_offer",
    "enter_order",
    "open_auctions",
]
