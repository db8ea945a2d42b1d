"""Supply and demand of one cell: what was offered and wanted there, and what was traded."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from exchange.verifying.book import GFLOPS_PER_PFLOPS, Bid, Node
from exchange.verifying.case import Case
from exchange.verifying.needs import rated, unmet


@dataclass(frozen=True)
class Step:
    """So many more devices at a price per device-hour; `until` counts those before as well."""

    price_micros: int
    devices: int
    until: int


@dataclass(frozen=True)
class Curves:
    """A cell's curves: supply rises, demand falls. `price_micros` is None where nothing stands.

    An order that could lie in several nodes stands in the demand of each, so the curves of a
    book with many nodes need not cross at its price; those of a single product do.
    """

    supply: tuple[Step, ...]
    demand: tuple[Step, ...]
    price_micros: int | None
    traded_devices: int

    @property
    def offered(self) -> int:
        """Return the devices that stand in the cell."""
        return self.supply[-1].until if self.supply else 0

    @property
    def wanted(self) -> int:
        """Return the devices that could be wanted there."""
        return self.demand[-1].until if self.demand else 0


def curves_of(case: Case, node: int, hour: int) -> Curves:
    """Return the curves of a node in an hour; closed offers are left out of the supply."""
    supply = _steps(_asked(case, node, hour))
    demand = _steps(_wanted(case, node, hour), falling=True)
    price = int(case.outcome.prices[node, hour]) if supply else None
    return Curves(supply, demand, price, int(case.traded[node, hour]))


def _asked(case: Case, node: int, hour: int) -> Iterable[tuple[int, int]]:
    closed = set(case.outcome.closed_offers)
    for offer in case.book.offers:
        stands = offer.first <= hour < offer.first + offer.hours
        if offer.node == node and stands and offer.number not in closed:
            yield from offer.steps


def _wanted(case: Case, node: int, hour: int) -> Iterable[tuple[int, int]]:
    """Yield limit and devices of each order that the cell satisfies, by its dearest alternative."""
    place = case.book.nodes[node]
    for order in case.book.orders:
        ways = [
            _in_devices(bid, place)
            for bid in order.bids
            if bid.earliest <= hour < bid.latest and not unmet(bid, place)
        ]
        yield from max(ways, default=())


def _in_devices(bid: Bid, node: Node) -> list[tuple[int, int]]:
    """Return limits per device-hour, on the micro below, and whole devices of a bid's parts."""
    parts = [(bid.parts[0][0], max(bid.profile))] if bid.profile else bid.parts
    if not bid.pflops:
        return list(parts)
    rate = rated(bid, node)
    return [(limit * rate // GFLOPS_PER_PFLOPS, -(-amount // rate)) for limit, amount in parts]


def _steps(pairs: Iterable[tuple[int, int]], *, falling: bool = False) -> tuple[Step, ...]:
    """Join equal prices, and count the devices up to each."""
    devices_at: dict[int, int] = defaultdict(int)
    for price, devices in pairs:
        devices_at[price] += devices
    steps, until = [], 0
    for price in sorted(devices_at, reverse=falling):
        until += devices_at[price]
        steps.append(Step(price, devices_at[price], until))
    return tuple(steps)
