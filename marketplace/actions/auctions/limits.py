"""Halts and limits that count for auctions as for the continuous market."""

from exchange.clearing.book import Bid
from ledger.queries import funds_of
from marketplace.domain.auctions.entries import OfferSent
from marketplace.domain.refusals import Halted, OrderTooLarge, TooManyDevices, TooMuchOpen
from marketplace.queries.facts import halts_in_force
from marketplace.queries.limits import limits_for

Subject = tuple[str, str]


def check_halts(member_id: int, *, chip: str = "") -> None:
    """Refuse an entry or a change while the market, the member, or an offer's chip is halted."""
    halts = halts_in_force()
    subjects: list[Subject] = [("MARKET", ""), ("MEMBER", str(member_id))]
    if chip:
        subjects.append(("CHIP", chip))
    for subject in subjects:
        if subject in halts:
            raise Halted(scope=subject[0], reason=halts[subject].reason)


def check_order_limits(
    member_id: int, bids: tuple[Bid, ...], *, held_micros: int, was_held_micros: int = 0
) -> None:
    """Refuse an order beyond the member's limits: of one order, and of all that is open.

    What is open are the holds of orders here and in the continuous market; `was_held_micros`
    is what the order held before a change.
    """
    limits = limits_for(member_id)
    most = limits.most_order_micros
    if most is not None and held_micros > most:
        raise OrderTooLarge(field="bids", most_micros=most)
    _check_devices(limits.most_order_devices, max(map(_devices, bids)), "bids")
    most = limits.most_open_micros
    if most is None:
        return
    funds = funds_of(member_id)
    open_micros = funds.order_holds_micros + held_micros - was_held_micros
    if open_micros > most:
        raise TooMuchOpen(field="bids", open_micros=open_micros, most_micros=most)


def check_offer_limits(member_id: int, sent: OfferSent) -> None:
    """Refuse an offer beyond the member's limits of one; its value is net, at its asks."""
    limits = limits_for(member_id)
    worth = sum(ask * devices for ask, devices in sent.steps) * sent.hours
    most = limits.most_order_micros
    if most is not None and worth > most:
        raise OrderTooLarge(field="steps", most_micros=most)
    _check_devices(limits.most_order_devices, sent.devices, "steps")


def _check_devices(most: int | None, devices: int, field: str) -> None:
    if most is not None and devices > most:
        raise TooManyDevices(field=field, most_devices=most)


def _devices(bid: Bid) -> int:
    """Return the most devices that a bid asks for in an hour; GFLOPS are none."""
    if bid.unit != "DEVICES":
        return 0
    if bid.profile:
        return max(bid.profile)
    return sum(amount for _, amount in bid.steps) if bid.steps else bid.amount
