"""Who gained what: the welfare of an auction split into buyers, sellers and carriers."""

from dataclasses import dataclass

from exchange.verifying.case import Case, asks_of


@dataclass(frozen=True)
class Gains:
    """What each side gained at the published prices, in micros. Their sum is the welfare."""

    buyers_micros: int
    sellers_micros: int
    carriers_micros: int

    @property
    def sum_micros(self) -> int:
        """Return what all gained together."""
        return self.buyers_micros + self.sellers_micros + self.carriers_micros


def gains_of(case: Case) -> Gains:
    """Return the gains: limits above payments, prices above asks and start-up costs.

    Data moved is paid as it is asked, so no carrier gains by it.
    """
    return Gains(
        sum(one.value_micros - one.pays_micros for one in case.outcome.accepted),
        _sellers(case),
        _carriers(case),
    )


def _sellers(case: Case) -> int:
    gained = 0
    for offer, sold in case.used_offers():
        prices = case.outcome.prices[offer.node].tolist()
        gained += sum(
            price * devices - asks_of(offer, devices)
            for price, devices in zip(prices, sold, strict=True)
        )
        gained -= offer.start_up_micros
    return int(gained)


def _carriers(case: Case) -> int:
    return sum(
        (int(price) - link.price_micros) * int(gbps)
        for at, link in enumerate(case.book.links)
        for price, gbps in zip(case.outcome.link_prices[link.arc], case.carried[at], strict=True)
        if gbps
    )
