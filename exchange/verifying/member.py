"""A member's own lines, checked with the published prices alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.verifying.book import Book, Offer, Order
from exchange.verifying.bound import Markets, offer_gain
from exchange.verifying.case import Case, ask_of_last
from exchange.verifying.money import devices_payment, link_payment, value_of
from exchange.verifying.outcome import Accepted, Outcome, Rejected


@dataclass(frozen=True)
class Line:
    """One order or offer of the member: what became of it, and whether the prices bear it out."""

    row: str
    sentence: str
    right: bool


def own_lines(book: Book, outcome: Outcome, participant: int) -> Iterator[Line]:
    """Yield a line for each order and offer of a participant.

    Only its own rows and the published prices are used: what it pays and is paid, whether its
    limit or ask is kept, and what it lost by not executing.
    """
    case = Case(book, outcome)
    accepted = {one.order: one for one in outcome.accepted}
    rejected = {one.order: one for one in outcome.rejected}
    for order in book.orders:
        if order.buyer == participant:
            if order.number in accepted:
                yield _bought(case, accepted[order.number])
            else:
                yield _not_bought(case.markets, order, rejected.get(order.number))
    for offer in book.offers:
        if offer.seller == participant:
            yield _sold(case, offer)
    for at, link in enumerate(book.links):
        if link.carrier == participant:
            gbps = int(case.carried[at].sum())
            earned = int(case.carried[at] @ outcome.link_prices[link.arc])
            right = earned >= link.price_micros * gbps
            yield Line(f"link {link.number}", f"carries {gbps} Gbit/s-hours for {earned}", right)


def _bought(case: Case, one: Accepted) -> Line:
    bid = case.bid_of(one)
    pays = link_payment(case, one, bid) + devices_payment(case.outcome.prices, one.placed)
    value = value_of(case, one, bid)
    sentence = f"executes: pays {pays} at the published prices, its limit is worth {value}"
    right = pays == one.pays_micros and pays <= value
    return Line(f"order {one.order}", sentence, right)


def _not_bought(markets: Markets, order: Order, one: Rejected | None) -> Line:
    lost = markets.published.best(order, within_budget=True).surplus_micros
    reason = one.reason if one else "not told"
    sentence = f"does not execute ({reason}): at the published prices it lost {lost}"
    right = one is not None and one.lost_surplus_micros == lost
    return Line(f"order {order.number}", sentence, right)


def _sold(case: Case, offer: Offer) -> Line:
    sold = case.sold[case.book.offer_at[offer.number]].tolist()
    prices = case.outcome.prices[offer.node].tolist()
    earned = sum(price * devices for price, devices in zip(prices, sold, strict=True))
    right = all(
        price >= ask_of_last(offer, devices)
        for price, devices in zip(prices, sold, strict=True)
        if devices
    )
    most = offer_gain(offer, case.outcome.prices)
    sentence = (
        f"sells {sum(sold)} device-hours for {earned}; at the published prices it could have "
        f"gained {most} above its asks"
    )
    return Line(f"offer {offer.number}", sentence, right)
