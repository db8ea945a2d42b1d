"""States, events and refusals of the market in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from counter.templatetags.figures import instant, money, ms, whole, yuan
from marketplace.models import MarketEvent
from marketplace.queries.explain import Fix

Text = str | Promise


@dataclass(frozen=True)
class Shown:
    """A state as a tag: kind, icon, word."""

    kind: str
    icon: str
    text: Text


ORDER_STATES = {
    "OPEN": Shown("now", "clock", later("Waits")),
    "PARTLY_FILLED": Shown("warn", "clock", later("Partly filled")),
    "FILLED": Shown("ok", "check", later("Filled")),
    "CANCELLED": Shown("", "x", later("Cancelled")),
    "EXPIRED": Shown("", "x", later("Expired")),
}
LISTING_STATES = {
    "OPEN": Shown("now", "clock", later("On offer")),
    "SOLD": Shown("ok", "check", later("Sold")),
    "WITHDRAWN": Shown("", "x", later("Withdrawn")),
    "EXPIRED": Shown("", "x", later("Expired")),
}
FIRMNESS_WORDS: dict[str, Text] = {
    "FIRM": later("firm"),
    "RECALLABLE": later("recallable"),
    "SURPLUS": later("surplus"),
}
EVENTS: dict[str, tuple[str, Text]] = {
    "ORDER_ACCEPTED": ("ok", later("Order accepted")),
    "ORDER_FILLED": ("ok", later("Wholly filled")),
    "ORDER_CANCELLED": ("warn", later("Cancelled, the rest of the hold is released")),
    "ORDER_EXPIRED": ("warn", later("Expired, the rest of the hold is released")),
    "LISTING_ACCEPTED": ("ok", later("Listing accepted")),
    "LISTING_SOLD": ("ok", later("Wholly sold")),
    "LISTING_WITHDRAWN": ("warn", later("Withdrawn")),
    "LISTING_EXPIRED": ("warn", later("Expired")),
}


@dataclass(frozen=True)
class EventRow:
    """One event of a life: mark, what happened, why."""

    event: MarketEvent
    mark: str
    title: Text
    why: Text


def event_row(event: MarketEvent) -> EventRow:
    """Return an event in words."""
    make = _TOLD.get(event.kind)
    if make is not None:
        return EventRow(event, *make(event.facts))
    mark, words = EVENTS.get(event.kind, ("", event.kind))
    return EventRow(event, mark, words, REASONS.get(event.facts.get("reason", ""), ""))


Told = tuple[str, Text, Text]


def _traded(facts: dict[str, Any]) -> Told:
    devices = facts["devices"]
    title = ngettext(
        "Traded %(devices)s device at ¥ %(price)s",
        "Traded %(devices)s devices at ¥ %(price)s",
        devices,
    )
    words = {"devices": whole(devices), "price": yuan(facts["price_micros"])}
    return "ok", title % words, _("per device-hour")


def _linked(facts: dict[str, Any]) -> Told:
    title = _("Took a link for ¥ %(value)s") % {"value": yuan(facts["value_micros"])}
    return "ok", title, link_text(facts["gbps"], facts["gb"])


def link_text(gbps: int, gb: int) -> str:
    """Return what a link carries: bandwidth, data to move, or both."""
    parts = []
    if gbps:
        parts.append(f"{whole(gbps)}\u00a0Gbit/s")
    if gb:
        parts.append(_("%(n)s GB moved once") % {"n": whole(gb)})
    return " + ".join(parts)


def _reduced(facts: dict[str, Any]) -> Told:
    devices = facts["devices"]
    title = ngettext("Reduced by %(devices)s device", "Reduced by %(devices)s devices", devices)
    words = {"devices": whole(devices)}
    return "warn", title % words, _("both sides have one owner: nothing was traded")


def _replaced(facts: dict[str, Any]) -> Told:
    """Say what changed of an order or listing, and what became of its place in time."""
    changes = []
    if facts.get("was_amount", facts.get("amount")) != facts.get("amount"):
        changes.append(_("the amount"))
    if facts.get("was_limit_micros", 0) != facts.get("limit_micros", 0):
        prices = {"was": yuan(facts["was_limit_micros"]), "now": yuan(facts["limit_micros"])}
        changes.append(_("the limit from ¥ %(was)s to ¥ %(now)s") % prices)
    if facts.get("was_devices", facts.get("devices")) != facts.get("devices"):
        counts = {"was": whole(facts["was_devices"]), "now": whole(facts["devices"])}
        changes.append(_("%(was)s to %(now)s devices") % counts)
    if facts.get("was_ask_micros", 0) != facts.get("ask_micros", 0):
        prices = {"was": yuan(facts["was_ask_micros"]), "now": yuan(facts["ask_micros"])}
        changes.append(_("the ask from ¥ %(was)s to ¥ %(now)s") % prices)
    what = _(", ").join(changes) or _("budget or expiry")
    kept = facts.get("kept_place")
    place = _("it kept its place in time") if kept else _("it got a new place in time")
    return "ok", _("Changed: %(what)s") % {"what": what}, place


_TOLD: dict[str, Callable[[dict[str, Any]], Told]] = {
    "TRADED": _traded,
    "LINKED": _linked,
    "REDUCED": _reduced,
    "ORDER_REPLACED": _replaced,
    "LISTING_REPLACED": _replaced,
}
REASONS: dict[str, Text] = {
    "BY_BUYER": later("by you"),
    "BY_SELLER": later("by you"),
    "CANCEL_ALL": later("you cancelled everything"),
    "CANCEL_AFTER": later("your programs were not heard from in time"),
    "SELF_TRADE": later("it would have traded with its own owner"),
    "GATE_CLOSED": later("trading of its hours has closed"),
    "EXPIRY": later("its date has come"),
    "IOC": later("what did not fill at once is cancelled"),
    "FOK": later("it could not be filled wholly at once"),
}
SELF_TRADES: dict[str, Text] = {
    "CANCEL_NEWEST": later("cancel the newer one"),
    "CANCEL_OLDEST": later("cancel the older one"),
    "DECREMENT": later("reduce both, trade nothing"),
}
TIMES: dict[str, Text] = {
    "GTC": later("until cancelled"),
    "DAY": later("until midnight"),
    "GTD": later("until a date"),
    "IOC": later("at once, cancel the rest"),
    "FOK": later("at once, all or nothing"),
    "GFA": later("for an auction"),
}


@dataclass(frozen=True)
class FixRow:
    """One change that would fill the order: what, with what effect, and where to make it."""

    title: str
    note: str
    button: str
    query: dict[str, Any]


def fix_row(fix: Fix) -> FixRow | None:
    """Return a fix in words with the answers that it changes; None for one without a form."""
    make = _FIXES.get(fix.code)
    if make is None:
        return None
    title, button, query = make(fix.change)
    effect = fix.effect
    note = _("%(devices)s devices from %(start)s for %(value)s net") % {
        "devices": whole(effect["devices"]),
        "start": instant(effect["starts_at"]),
        "value": money(effect["value_micros"]),
    }
    return FixRow(title, note, button, query)


Made = tuple[str, str, dict[str, Any]]


def _price(change: dict[str, Any]) -> Made:
    price = yuan(change["limit_micros"])
    words = {"price": price}
    return (
        _("Raise the limit to ¥ %(price)s") % words,
        _("Raise to %(price)s") % words,
        {"limit": price.replace(",", "")},
    )


def _rtt(change: dict[str, Any]) -> Made:
    milliseconds = -(-change["max_rtt_us"] // 1000)
    words = {"ms": milliseconds, "exact": ms(change["max_rtt_us"])}
    return (
        _("Allow a round trip of %(ms)s ms") % words,
        _("Allow %(ms)s ms") % words,
        {"rtt": str(milliseconds)},
    )


def _link(change: dict[str, Any]) -> Made:
    words = {"gbps": whole(change["link_gbps"])}
    return (
        _("Ask for %(gbps)s Gbit/s: no wider link is free") % words,
        _("Ask for %(gbps)s Gbit/s") % words,
        {"link": str(change["link_gbps"])},
    )


def _window(change: dict[str, Any]) -> Made:
    words = {"at": instant(change["latest"])}
    return (
        _("Let it finish by %(at)s") % words,
        _("Finish later"),
        {"latest": change["latest"]},
    )


def _family(change: dict[str, Any]) -> Made:
    names = ", ".join(change["families_allowed"]) or _("any")
    return (
        _("Accept chips: %(names)s") % {"names": names},
        _("Accept more chips"),
        {"families": change["families_allowed"]},
    )


def _memory(change: dict[str, Any]) -> Made:
    words = {"gb": change["min_memory_gb"]}
    return (
        _("Accept devices with %(gb)s GB") % words,
        _("Accept %(gb)s GB") % words,
        {"memory": str(change["min_memory_gb"])},
    )


def _firmness(_change: dict[str, Any]) -> Made:
    return _("Accept hours that may be recalled"), _("Accept recall"), {"recallable": "on"}


def _stack(change: dict[str, Any]) -> Made:
    words = {"stack": change["stack"]}
    return (
        _("Run on %(stack)s") % words,
        _("Run on %(stack)s") % words,
        {"stack": change["stack"]},
    )


_FIXES = {
    "PRICE": _price,
    "RTT": _rtt,
    "LINK": _link,
    "WINDOW": _window,
    "FAMILY": _family,
    "MEMORY": _memory,
    "FIRMNESS": _firmness,
    "STACK": _stack,
}
