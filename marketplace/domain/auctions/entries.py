"""What members send to an auction, checked by the rules of the clearing's own format."""

import hashlib
from typing import Any

import msgspec

from exchange.clearing.book import Bid
from exchange.clearing.checking import check
from exchange.clearing.reading import book_of
from exchange.clearing.refusals import BookRefused
from exchange.units import BP
from marketplace.domain.auctions.refusals import BidMalformed, OnlyImprove, RoundTripWithLink

Json = dict[str, Any]
MOST_ENTRIES_A_MEMBER = 200


class OrderSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A buyer's order as it was sent; `bids` as docs/auction-format.md has them."""

    bids: list[Json]
    budget_micros: int | None = None
    parent_id: int | None = None
    rolls: bool = False

    @property
    def content_hash(self) -> str:
        """Return one hash for one content."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class OfferSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A seller's offer as it was sent; hours count from the auction's first."""

    pool_id: int
    steps: list[tuple[int, int]]
    hours: int
    first_hour: int = 0
    firmness: str = "FIRM"
    recall_notice_minutes: int | None = None
    min_devices: int = 1
    start_up_micros: int = 0
    min_sold_bp: int = 0

    @property
    def devices(self) -> int:
        """Return the devices of all steps."""
        return sum(devices for _, devices in self.steps)

    @property
    def content_hash(self) -> str:
        """Return one hash for one content."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def check_order(sent: OrderSent, *, hours: int) -> tuple[Bid, ...]:
    """Return the order's bids; refuses what the format refuses, naming the field."""
    row = {"order": 1, "alternatives": sent.bids}
    if sent.budget_micros is not None:
        row["budget_micros"] = sent.budget_micros
    bids = _checked({"orders": [row], "offers": []}, hours).orders[0].alternatives
    if any((bid.link_gbps or bid.move_gb) and bid.requires.max_rtt_us is not None for bid in bids):
        raise RoundTripWithLink
    if sent.rolls and (len(bids) > 1 or bids[0].steps or bids[0].profile):
        raise BidMalformed(field="rolls", why="asks for one bid with one limit and one amount")
    return tuple(bids)


def check_offer(sent: OfferSent, *, hours: int) -> None:
    """Refuse a curve, window or block that the format refuses, naming the field."""
    names = ("steps", "first_hour", "hours", "min_devices", "start_up_micros", "min_sold_bp")
    row = {"offer": 1, "node": "n", **{name: getattr(sent, name) for name in names}}
    _checked(
        {"orders": [], "offers": [{**row, "steps": [list(step) for step in sent.steps]}]}, hours
    )


def _checked(rows: Json, hours: int) -> Any:
    try:
        book = {"auction": "one row", "hours": hours, "nodes": [{"node": "n"}], **rows}
        return check(book_of(book))
    except BookRefused as refused:
        why = str(refused.facts.get("why") or refused.sentence % refused.facts)
        raise BidMalformed(field=refused.field, why=why) from None


def hold_of(bids: tuple[Bid, ...], *, budget_micros: int | None, vat_bp: int) -> int:
    """Return what an order may cost at most, gross: the dearest alternative, within the budget.

    No order pays more than its value, link included, so that its value is enough.
    """
    worth = max(bid.worth_micros for bid in bids)
    gross = -(-worth * (BP + vat_bp) // BP)
    return gross if budget_micros is None else min(gross, budget_micros)


def check_better_order(before: list[Json], after: list[Json], **facts: object) -> None:
    """Refuse a change that is no improvement: only limits may change, and only rise."""
    if len(before) != len(after):
        raise OnlyImprove(field="bids", **facts)
    for was, bid in zip(before, after, strict=True):
        for field in sorted(set(was) | set(bid)):
            if field not in ("limit_micros", "steps") and was.get(field) != bid.get(field):
                raise OnlyImprove(field=field, **facts)
        if bid.get("limit_micros", 0) < was.get("limit_micros", 0):
            raise OnlyImprove(field="limit_micros", **facts)
        _check_better_steps(was.get("steps", []), bid.get("steps", []), facts, rising=1)


def check_better_offer(before: Any, after: OfferSent, **facts: object) -> None:
    """Refuse a change that is no improvement: lower asks, more devices, a lighter block."""
    for field in ("pool_id", "firmness", "recall_notice_minutes", "first_hour", "hours"):
        if getattr(before, field) != getattr(after, field):
            raise OnlyImprove(field=field, **facts)
    for field in ("min_devices", "start_up_micros", "min_sold_bp"):
        if getattr(after, field) > getattr(before, field):
            raise OnlyImprove(field=field, **facts)
    _check_better_steps(before.steps, after.steps, facts, rising=-1)


def _check_better_steps(before: Any, after: Any, facts: Json, *, rising: int) -> None:
    """At every price the curve takes or offers at least what it did: each old device is matched."""
    if bool(before) != bool(after):
        raise OnlyImprove(field="steps", **facts)
    units = _units(after, rising)
    for price, devices in sorted(before, key=lambda step: -rising * step[0]):
        left = devices
        while left:
            if not units or (units[0][0] - price) * rising < 0:
                raise OnlyImprove(field="steps", **facts)
            taken = min(left, units[0][1])
            units[0][1] -= taken
            left -= taken
            if not units[0][1]:
                units.pop(0)


def _units(steps: Any, rising: int) -> list[list[int]]:
    return sorted(([price, devices] for price, devices in steps), key=lambda one: -rising * one[0])
