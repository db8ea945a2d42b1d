"""A member's own lines of an auction: what was said, what became of it, the smallest yes."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from counter.templatetags.figures import money, pflops, whole, yuan
from exchange.window import HOUR
from marketplace.domain.auctions.fates import Fate, fates_of
from marketplace.models import Auction, AuctionOffer, AuctionOrder
from marketplace.pages.auctions.orders import yes_of
from marketplace.pages.auctions.words import KINDS, REASONS, devices_for
from marketplace.pages.words import Shown, link_text
from marketplace.queries.auctions import Opened

Text = str | Promise
ENTRY_TAGS: dict[str, Shown] = {
    "ENTERED": Shown("now", "clock", later("Stands")),
    "FROZEN": Shown("now", "clock", later("In the frozen book")),
    "ACCEPTED": Shown("ok", "check", later("Executes")),
    "TRADED": Shown("ok", "check", later("Traded")),
    "REJECTED": Shown("", "x", later("Rejected")),
    "RELEASED": Shown("", "x", later("Released")),
    "CANCELLED": Shown("", "x", later("Cancelled")),
}
SERVED = ("ACCEPTED", "TRADED")
MOST_TRADES = 4  # of one line


@dataclass(frozen=True)
class OwnLine:
    """A line as the table shows it: title, window, money, state, why, and what would have done."""

    entry: Any
    title: str
    small: str
    window: tuple[Any, Any]
    price: str
    tag: Shown
    why: Text
    fix: str = ""

    @property
    def told(self) -> bool:
        """Tell whether the outcome says what became of it."""
        return bool(self.entry.result)

    @property
    def held_micros(self) -> int:
        """Return what an order holds itself: nothing once it ended, or its trades hold it."""
        holds = self.entry.state in ("ENTERED", "FROZEN", "ACCEPTED")
        return int(self.entry.held_micros) if holds else 0

    @property
    def trades(self) -> list[int]:
        """Return the first trades that were made of it; each leads to its agreement."""
        return self._trades[:MOST_TRADES]

    @property
    def more_trades(self) -> int:
        """Return how many there are beside them."""
        return len(self._trades[MOST_TRADES:])

    @property
    def _trades(self) -> list[int]:
        made = (award.trade_id for award in self.entry.awards.all())
        return sorted(trade for trade in made if trade is not None)


def order_line(auction: Auction, order: AuctionOrder, opened: Opened | None) -> OwnLine:
    """Return an order's line; the smallest yes where it was rejected and the outcome is known."""
    bid = order.bids[0]
    tag, fix = ENTRY_TAGS[order.state], ""
    why: Text = ""
    result = order.result or {}
    if order.state in SERVED:
        link = result.get("link_pays_micros", 0)
        pays = {"sum": money(result["pays_micros"]), "link": money(link)}
        text = (
            _("pays %(sum)s net, at the uniform prices, of it %(link)s for the link")
            if link
            else _("pays %(sum)s net, at the uniform prices")
        )
        why = text % pays
    elif order.state == "RELEASED" and result:
        why = _("No trade could be made before its first hour; its money came back.")
    elif order.state == "REJECTED":
        why = REASONS.get(result.get("reason", ""), "")
        fate = _fate(opened, order.arrival)
        if opened is not None and fate is not None:
            if fate.in_the_money:
                tag = Shown("warn", "warn", _("In the money, rejected"))
            fix = fix_text(yes_of(opened, fate))
    return OwnLine(
        order,
        asked_text(bid),
        ways_text(order),
        hours_of(auction, bid.get("earliest", 0), bid.get("latest", auction.hours)),
        limit_of(bid),
        tag,
        why,
        fix,
    )


def offer_line(auction: Auction, offer: AuctionOffer) -> OwnLine:
    """Return an offer's line with what it sold."""
    result = offer.result or {}
    why: Text = ""
    if offer.state in SERVED:
        sold = sum(part["devices"] * part["hours"] for part in result["sold"])
        share = {"sold": whole(sold), "all": whole(offer.devices * offer.hours)}
        why = _("sold %(sold)s of %(all)s device-hours") % share
    elif offer.state == "RELEASED" and result:
        why = _("No trade could be made before its first hour; its devices came back.")
    elif offer.state == "REJECTED":
        why = (
            _("Stayed closed: sold, it would have lost, or not sold its least share.")
            if result.get("closed")
            else _("No order took it at its asks.")
        )
    asks = [ask for ask, _devices in offer.steps]
    price = yuan(asks[0]) if len(asks) == 1 else f"{yuan(asks[0])} – {yuan(asks[-1])}"
    return OwnLine(
        offer,
        f"{whole(offer.devices)} × {offer.pool.chip}",
        f"{offer.pool.site} · {offer.pool.code}",
        hours_of(auction, offer.first_hour, offer.first_hour + offer.hours),
        price,
        ENTRY_TAGS[offer.state],
        why,
    )


def hours_of(auction: Auction, first: int, end: int) -> tuple[Any, Any]:
    """Return the instants between which hours of the auction lie."""
    return auction.starts_at + first * HOUR, auction.starts_at + end * HOUR


def asked_text(bid: dict[str, Any]) -> str:
    """Return what a bid asks for: `64 devices for 6 h`."""
    parts = [amount for _limit, amount in bid.get("steps", ())] or bid.get("profile", ())
    total = sum(parts) if bid.get("steps") else max(parts, default=0)
    amount = bid.get("amount") or total
    facts = {"amount": whole(amount), "hours": bid.get("hours") or len(bid.get("profile", ()))}
    if bid.get("unit") == "PFLOPS":
        return _("%(amount)s P for %(hours)s h") % {**facts, "amount": pflops(amount)}
    return devices_for(amount, facts)


def ways_text(order: AuctionOrder) -> str:
    """Return kind, link and number of alternatives."""
    bid = order.bids[0]
    kind = str(KINDS[bid["kind"]])
    if link := link_text(bid.get("link_gbps", 0), bid.get("move_gb", 0)):
        kind = f"{kind} + {link}"
    more = len(order.bids) - 1
    if not more:
        return kind
    words = ngettext("%(kind)s, %(n)s alternative", "%(kind)s, %(n)s alternatives", more)
    return words % {"kind": kind, "n": more}


def limit_of(bid: dict[str, Any]) -> str:
    """Return a bid's limit in yuan, or the ends of its curve."""
    limits = [limit for limit, _amount in bid.get("steps", ())] or [bid.get("limit_micros", 0)]
    return yuan(limits[0]) if len(limits) == 1 else f"{yuan(limits[-1])} – {yuan(limits[0])}"


def _fate(opened: Opened | None, number: int) -> Fate | None:
    if opened is None:
        return None
    return next((fate for fate in fates_of(opened.case) if fate.number == number), None)


def fix_text(yes: dict[str, Any]) -> str:
    """Return the first change that would have been a yes, in a sentence; empty for none."""
    if yes.get("raise_micros"):
        return _("A limit of %(limit)s would have done.") % yes
    if yes.get("wider_does"):
        return _("A window longer by an hour at either end would have done.")
    if yes.get("left"):
        left = {"left": whole(yes["left"])}
        return _("Divisible, it would have found %(left)s device-hours under its limit.") % left
    if yes.get("without"):
        return _("Giving up one condition would have done: %(word)s.") % {"word": yes["without"][0]}
    if yes.get("amount"):
        return _("Up to %(amount)s there would have been a place.") % yes
    return _("At the published prices no single change would have done.")
