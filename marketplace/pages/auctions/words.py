"""Reasons, kinds and conditions of auction orders in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from counter.templatetags.figures import money, pflops, whole
from exchange.verifying.book import Bid
from marketplace.domain.auctions.fates import EXECUTES, Fate
from marketplace.pages.words import Shown

Text = str | Promise
KINDS: dict[str, Text] = {
    "DIVISIBLE": later("Divisible"),
    "BLOCK": later("Block"),
    "GANG": later("Gang"),
    "PROFILE": later("Profile"),
}
KIND_RULES: dict[str, Text] = {
    "DIVISIBLE": later("each hour may be filled alone"),
    "BLOCK": later("all hours in a row in one node, or nothing"),
    "GANG": later("all hours in a row at one site, or nothing"),
    "PROFILE": later("its amounts hour by hour in one node, or nothing"),
}
REASONS: dict[str, Text] = {
    EXECUTES: later("It executes: its limits are worth at least what it pays."),
    "PRICE": later("At the published prices it would have gained nothing."),
    "CAPACITY": later("It was in the money, but what stood there went to orders of higher value."),
    "ALL_OR_NOTHING": later(
        "It was in the money, but all or nothing did not fit beside the orders that execute."
    ),
    "MIN_FILL": later("It was in the money, but its minimum fill was not reached."),
    "PARENT": later("The order on which it depends does not execute."),
    "NO_PLACE": later("No place and start satisfy all its conditions, whatever the price."),
    "BLOCK_OFFER": later(
        "It fits only with block offers that stay closed, since they would have lost."
    ),
}
CONDITION_WORDS: dict[str, Text] = {
    "families_allowed": later("chip families allowed"),
    "families_excluded": later("chip families excluded"),
    "chips_allowed": later("chip models allowed"),
    "stack": later("software stack"),
    "min_memory_gb": later("memory"),
    "min_scale_up_gbs": later("scale-up bandwidth"),
    "min_scale_out_gbps": later("scale-out bandwidth"),
    "max_rtt_us": later("round-trip time"),
    "firmness": later("firmness"),
    "zones_allowed": later("zones allowed"),
    "max_pue_thousandths": later("PUE ceiling"),
    "max_carbon_g_per_kwh": later("carbon ceiling"),
    "link": later("the link to its city"),
}


def state_of(fate: Fate) -> Shown:
    """Return the tag of an order's fate."""
    if fate.executes:
        return Shown("ok", "check", _("Executes"))
    if fate.in_the_money:
        return Shown("warn", "warn", _("In the money, rejected"))
    return Shown("", "x", _("Rejected"))


def wanted_text(bid: Bid) -> str:
    """Return what a bid wants in words: `64 devices for 6 h`."""
    amount = max(bid.profile) if bid.profile else sum(part for _limit, part in bid.parts)
    facts = {"amount": pflops(amount) if bid.pflops else whole(amount), "hours": bid.hours}
    if bid.pflops:
        return _("%(amount)s P for %(hours)s h") % facts
    if not bid.profile:
        return devices_for(amount, facts)
    words = ngettext(
        "up to %(amount)s device for %(hours)s h",
        "up to %(amount)s devices for %(hours)s h",
        amount,
    )
    return words % facts


def devices_for(amount: int, facts: dict[str, Any]) -> str:
    """Return how many devices are wanted, for how long."""
    words = ngettext(
        "%(amount)s device for %(hours)s h", "%(amount)s devices for %(hours)s h", amount
    )
    return words % facts


def limit_text(bid: Bid, limit_micros: int) -> str:
    """Return a limit in the bid's unit: `¥ 2.60 per device-hour`."""
    words = _("%(money)s per P-hour") if bid.pflops else _("%(money)s per device-hour")
    return words % {"money": money(limit_micros)}


def amount_text(bid: Bid, amount: int) -> str:
    """Return an amount in the bid's unit."""
    if bid.pflops:
        return f"{pflops(amount)}\u00a0PFLOPS"
    return ngettext("%(n)s device", "%(n)s devices", amount) % {"n": whole(amount)}
