"""Devices and link together: ranked by landed price, and taken together or not at all."""

from exchange.book.events import Happened, Linked
from exchange.book.linking import Priced, cheapest_of, links_for, links_from
from exchange.book.links import Link
from exchange.book.picking import Picked, ranked_ways, starts_of
from exchange.book.queues import TRADE, Step
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.book.ways import Way, note_passed
from exchange.price import DEVICES, SCALE, floor_tick
from exchange.units import BP, ceil_div

# Landed total, start, arrival of the listing, number of the link.
Rank = tuple[int, int, int, int]


class Landing:
    """An arriving order that wants a link, among the listings: what is best so far."""

    __slots__ = ("best", "ceiling", "chosen", "first", "last", "least", "links", "order")

    def __init__(
        self, order: Order, links: dict[str, list[Priced]], hours: tuple[int, int]
    ) -> None:
        self.order = order
        self.links = links
        self.first, self.last = hours
        self.least = min(ways[0][0] for ways in links.values())
        by_limit = order.limit * order.amount * order.hours // SCALE[order.unit]
        self.ceiling = min(by_limit, order.purse)
        self.best: Rank | None = None
        self.chosen: tuple[Listing, int] | None = None

    def look_at(self, way: Way) -> None:
        """Look at the listings of a shelf, the cheapest first, while they may be the best."""
        order, devices = self.order, way.devices
        device_hours = devices * order.hours
        latest, until = self.last - order.hours, self.first + order.hours
        passed = 0
        for listing in way.shelf:
            value = listing.ask * device_hours
            if listing.ask > way.most or value + self.least > self.ceiling:
                return
            begin = listing.first
            if not way.since <= begin <= latest or listing.end < until or listing.most < devices:
                continue
            links = self.links.get(listing.kind.zone)
            if links is not None and self._fits(listing, devices):
                self._land(listing, devices, value, links)
            else:
                passed += 1
                note_passed(listing.aisle, passed)

    def _fits(self, listing: Listing, devices: int) -> bool:
        order = self.order
        if devices < listing.min_devices or order.hours < listing.min_hours:
            return False
        return order.demand.suits(listing.kind)

    def _land(self, listing: Listing, devices: int, value: int, ways: list[Priced]) -> None:
        """Try the links, what costs least first; of those that cost the same, each."""
        for cost, link in ways:
            if value + cost > self.ceiling:
                return
            start = self._start_with(listing, devices, link)
            rank = (value + cost, start, listing.arrival, link.facts.link)
            if start >= 0 and (self.best is None or rank < self.best):
                self.best, self.ceiling = rank, value + cost
                self.chosen = listing, devices

    def _start_with(self, listing: Listing, devices: int, link: Link) -> int:
        """Return the first hour from which devices and link are free together; -1: none."""
        hours, gbps = self.order.hours, self.order.demand.gbps
        start = self.first
        while True:
            start = listing.start_for(devices, start, self.last, hours)
            if start < 0 or link.carries(gbps, start, hours):
                return start
            start += 1


def pick_linked(state: State, order: Order, *, collared: bool, blind: bool) -> Picked:
    """Take one listing and one link: the lowest landed total, then start, then arrival."""
    links = links_for(state, order)
    if not links:
        return [], False
    first, last = starts_of(state, order)
    landing = Landing(order, links, (first, last))
    for way in ranked_ways(state, order, first, last, collared=collared):
        if way.floor * order.hours + landing.least > landing.ceiling:
            break
        landing.look_at(way)
    if landing.best is None or landing.chosen is None:
        return [], False
    listing, devices = landing.chosen
    if not blind and listing.seat.owner == order.seat.owner:
        return [], True
    return [(listing, devices, landing.best[1], order.amount)], False


def take_link(
    state: State, happened: list[Happened], order: Order, listing: Listing, start: int
) -> tuple[int, int]:
    """Sell the link that costs least with the devices just traded; return value and gross.

    It is the one that was counted on when the devices were picked: nothing came between.
    """
    wanted, hours = order.demand, order.hours
    ways = links_from(state, order, listing.kind.zone)
    way = cheapest_of(ways, wanted.gbps, start, hours)
    assert way is not None
    value, link = way
    link.take(wanted.gbps, start, hours)
    gross = ceil_div(value * (BP + order.vat), BP)
    facts, traded = link.facts, state.number
    state.number += 1
    happened.append(
        Linked(
            number=state.number,
            traded=traded,
            order=order.id,
            listing=listing.id,
            link=facts.link,
            carrier=facts.carrier,
            gbps=wanted.gbps,
            gb=wanted.gb,
            first_hour=start,
            hours=hours,
            price_micros_per_gbps_hour=facts.price_micros_per_gbps_hour,
            price_micros_per_gb=facts.price_micros_per_gb,
            value_micros=value,
            gross_micros=gross,
        )
    )
    return value, gross


class LinkedBlocks:
    """What resting orders that want a link pay for an arriving listing; keeps what they take."""

    __slots__ = ("listing", "state", "taken", "ways")

    def __init__(self, state: State, listing: Listing) -> None:
        self.state = state
        self.listing = listing
        self.taken: dict[tuple[int, int], int] = {}
        self.ways: dict[int, list[Priced]] = {}

    def best(
        self, order: Order, purse: int, starts: tuple[int, int], free: list[int]
    ) -> Step | None:
        """Return the block of the whole amount: what pays most, then the earliest start."""
        listing, demand, hours = self.listing, order.demand, order.hours
        rated = 1 if order.unit == DEVICES else listing.aisle.rated(demand.workload)
        step = listing.aisle.node if demand.whole_nodes else 1
        devices = -(-order.amount // (rated * step)) * step
        if hours < listing.min_hours or devices < listing.min_devices:
            return None
        scale, device_hours = SCALE[order.unit], devices * hours
        by_limit = order.limit * order.amount * hours
        best: Step | None = None
        begin = max(starts[0], listing.first)
        for start in range(begin, min(starts[1], listing.end) - hours + 1):
            at = start - listing.first
            way = self._way(order, start) if min(free[at : at + hours]) >= devices else None
            if way is None:
                continue
            pays = min(
                (by_limit - way[0] * scale) // (scale * device_hours),
                (purse - way[0]) // device_hours,
            )
            price = floor_tick(pays)
            if price >= listing.ask and (best is None or price > best[4]):
                best = (TRADE, order, devices, start, price, order.amount)
        return best

    def _way(self, order: Order, start: int) -> Priced | None:
        ways = self.ways.get(order.id)
        if ways is None:
            zone = self.listing.kind.zone
            ways = self.ways[order.id] = links_from(self.state, order, zone)
        return cheapest_of(ways, order.demand.gbps, start, order.hours, self.taken)

    def take(self, order: Order, start: int) -> int:
        """Keep in mind the link that the order takes from that start; return what it costs."""
        way = self._way(order, start)
        assert way is not None
        cost, link = way
        for hour in range(start, start + order.hours):
            key = (link.facts.link, hour)
            self.taken[key] = self.taken.get(key, 0) + order.demand.gbps
        return cost
