"""The bound: what sellers, carriers and buyers could gain at most at given prices.

For any prices that are not negative, no outcome's welfare is above this sum.
"""

from exchange.verifying.best import Eligible, Market
from exchange.verifying.book import Book, Link, Offer
from exchange.verifying.outcome import Outcome
from exchange.verifying.space import Costs, Grid, Space


class Markets:
    """The book at its dual and at its published prices, whole and without closed offers."""

    def __init__(self, book: Book, outcome: Outcome) -> None:
        closed = set(outcome.closed_offers)
        whole = Space(book, book.offers)
        stay = Space(book, (offer for offer in book.offers if offer.number not in closed))
        eligible = Eligible(book)
        published = Costs(outcome.prices, outcome.link_prices)
        self.published = Market(book, whole, published, eligible)
        self.dual = Market(book, whole, Costs(outcome.duals, outcome.link_duals), eligible)
        self.without_closed = Market(book, stay, published, eligible)


def bound_of(market: Market) -> int:
    """Return the bound at the market's prices, in whole micros."""
    book, costs = market.book, market.costs
    sellers = sum(offer_gain(offer, costs.devices) for offer in book.offers)
    carriers = sum(link_gain(link, costs.links) for link in book.links)
    return sellers + carriers + sum(market.best(order).surplus_micros for order in book.orders)


def offer_gain(offer: Offer, prices: Grid) -> int:
    """Return the most that an offer earns above its asks, and above its start-up cost."""
    of_hours = prices[offer.node, offer.first : offer.first + offer.hours].tolist()
    margins = [(price - ask, devices) for price in of_hours for ask, devices in offer.steps]
    if not offer.block:
        return sum(margin * devices for margin, devices in margins if margin > 0)
    least = offer.sold_least
    gain = sold = 0
    for margin, devices in sorted(margins, reverse=True):
        part = devices if margin > 0 else max(0, min(devices, least - sold))
        gain += margin * part
        sold += part
    return max(0, gain - offer.start_up_micros)


def link_gain(link: Link, prices: Grid) -> int:
    """Return the most that a link earns above its price."""
    of_hours = prices[link.arc, link.first : link.first + link.hours].tolist()
    return sum(link.gbps * max(0, price - link.price_micros) for price in of_hours)
