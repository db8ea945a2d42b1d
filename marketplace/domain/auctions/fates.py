"""What became of each order of an auction, in figures."""

from dataclasses import dataclass

from exchange.verifying.book import Bid
from exchange.verifying.case import Case
from exchange.verifying.outcome import Accepted

EXECUTES = "EXECUTES"
IN_THE_MONEY = ("ALL_OR_NOTHING", "MIN_FILL", "CAPACITY", "BLOCK_OFFER")


@dataclass(frozen=True)
class Fate:
    """An order after the clearing, money in micros, net of VAT.

    `reason` is EXECUTES or why not. `gained_micros` is value less payment where it executes,
    else what it lost by not executing. `landed_micros` is the payment per device-hour, link
    included; None where nothing executes.
    """

    number: int
    participant: int
    bid: Bid
    ways: int
    reason: str
    device_hours: int = 0
    value_micros: int = 0
    pays_micros: int = 0
    link_pays_micros: int = 0
    gained_micros: int = 0

    @property
    def executes(self) -> bool:
        """Tell whether it executes."""
        return self.reason == EXECUTES

    @property
    def in_the_money(self) -> bool:
        """Tell whether it was rejected although it would have gained at the published prices."""
        return self.reason in IN_THE_MONEY and self.gained_micros > 0

    @property
    def landed_micros(self) -> int | None:
        """Return what a device-hour costs at its city, on the micro below."""
        return self.pays_micros // self.device_hours if self.device_hours else None


def fates_of(case: Case) -> list[Fate]:
    """Return what became of every order of the book, in the book's order."""
    accepted = {one.order: one for one in case.outcome.accepted}
    rejected = {one.order: one for one in case.outcome.rejected}
    fates = []
    for order in case.book.orders:
        if order.number in accepted:
            fates.append(_executed(case, accepted[order.number]))
        elif order.number in rejected:
            why = rejected[order.number]
            fates.append(
                Fate(
                    order.number, order.buyer, order.bids[0], len(order.bids), why.reason,
                    gained_micros=why.lost_surplus_micros,
                )
            )  # fmt: skip
    return fates


def _executed(case: Case, one: Accepted) -> Fate:
    order = case.book.order_of[one.order]
    return Fate(
        one.order,
        order.buyer,
        order.bids[one.alternative],
        len(order.bids),
        EXECUTES,
        sum(rect.amount * rect.hours for rect in one.sold_by),
        one.value_micros,
        one.pays_micros,
        one.link_pays_micros,
        one.value_micros - one.pays_micros,
    )
