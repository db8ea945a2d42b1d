"""Which links may serve an order, and what they cost it; links as they are told."""

from operator import itemgetter

from exchange.book import commands as said
from exchange.book.events import Happened
from exchange.book.links import NOTHING, Link, Taken
from exchange.book.rows import Order
from exchange.book.state import State

# A link with what it costs an order.
Priced = tuple[int, Link]


def tell_link(state: State, said: said.Link) -> list[Happened]:
    """Put the link's facts in force; what was used counts when the link first appears."""
    link = state.links.get(said.link)
    if link is None:
        state.links[said.link] = link = Link(said, state.seat(said.carrier))
    else:
        state.routes[link.facts.city][link.facts.zone].remove(link)
        link.be(said, state.seat(said.carrier))
    state.routes.setdefault(said.city, {}).setdefault(said.zone, []).append(link)
    return []


def links_for(state: State, order: Order) -> dict[str, list[Priced]]:
    """Return the links that may serve the order, by zone: what costs it least, then by number."""
    found: dict[str, list[Priced]] = {}
    for zone in state.routes.get(order.demand.city, {}):
        ways = links_from(state, order, zone)
        if ways:
            found[zone] = ways
    return found


def links_from(state: State, order: Order, zone: str) -> list[Priced]:
    """Return the same for one zone."""
    links = state.routes.get(order.demand.city, {}).get(zone, ())
    ways = [(link.cost(order), link) for link in links if link.serves(order)]
    ways.sort(key=lambda way: way[1].facts.link)
    ways.sort(key=itemgetter(0))
    return ways


def cheapest_of(
    ways: list[Priced], gbps: int, start: int, hours: int, taken: Taken = NOTHING
) -> Priced | None:
    """Return the first of the links with so much free in each of the hours."""
    for way in ways:
        if way[1].carries(gbps, start, hours, taken):
            return way
    return None
