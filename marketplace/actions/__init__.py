"""What the room does."""

from marketplace.actions.carrying import change_link, offer_link
from marketplace.actions.halts import halt_trading, resume_trading
from marketplace.actions.limits import seed_trading_limits, set_trading_limits
from marketplace.actions.listings import publish_listing, reprice_listing, withdraw_listing
from marketplace.actions.network import publish_round_trip
from marketplace.actions.orders import (
    cancel_everything,
    cancel_order,
    place_order,
    replace_order,
)
from marketplace.actions.outcomes import outcome_of
from marketplace.actions.references import publish_reference_prices
from marketplace.actions.sending import enter_all, queue_all
from marketplace.actions.substitutes import client_order_id_of, place_substitute_order
from marketplace.actions.sweep import expire_due, fire_due_switches
from marketplace.actions.switches import set_switch

__all__ = [
    "cancel_everything",
    "cancel_order",
    "change_link",
    "client_order_id_of",
    "enter_all",
    "expire_due",
    "fire_due_switches",
    "halt_trading",
    "offer_link",
    "outcome_of",
    "place_order",
    "place_substitute_order",
    "publish_listing",
    "publish_reference_prices",
    "publish_round_trip",
    "queue_all",
    "replace_order",
    "reprice_listing",
    "resume_trading",
    "seed_trading_limits",
    "set_switch",
    "set_trading_limits",
    "withdraw_listing",
]
