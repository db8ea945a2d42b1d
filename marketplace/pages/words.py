"""States, events and refusals of the market in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

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
    if event.kind == "TRADED":
        facts = event.facts
        title = _("Traded %(devices)s devices at ¥ %(price)s") % {
            "devices": whole(facts["devices"]),
            "price": yuan(facts["price_micros"]),
        }
        return EventRow(event, "ok", title, _("per device-hour"))
    mark, words = EVENTS.get(event.kind, ("", event.kind))
    return EventRow(event, mark, words, REASONS.get(event.facts.get("reason", ""), ""))


REASONS: dict[str, Text] = {
    "BY_BUYER": later("by you"),
    "BY_SELLER": later("by you"),
    "SELF_TRADE": later("it would have traded with its own owner"),
    "GATE": later("trading of its hours has closed"),
    "IOC": later("what did not fill at once is cancelled"),
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
    "WINDOW": _window,
    "FAMILY": _family,
    "MEMORY": _memory,
    "FIRMNESS": _firmness,
    "STACK": _stack,
}
