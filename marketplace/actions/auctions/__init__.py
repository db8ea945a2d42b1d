"""What is done to call auctions.

Clearing is not among it: `marketplace.actions.auctions.clearing` brings a compiler with it, which
only the worker that clears needs.
"""

from marketplace.actions.auctions.offers import cancel_offer, change_offer, enter_offer
from marketplace.actions.auctions.opening import open_auctions
from marketplace.actions.auctions.orders import cancel_order, change_order, enter_order
from marketplace.actions.auctions.phases import advance_auctions
from marketplace.actions.auctions.rolling import roll_rejected
from marketplace.actions.auctions.trading import trade_awards

__all__ = [
    "advance_auctions",
    "cancel_offer",
    "cancel_order",
    "change_offer",
    "change_order",
    "enter_offer",
    "enter_order",
    "open_auctions",
    "roll_rejected",
    "trade_awards",
]
