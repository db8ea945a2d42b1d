"""Which resting orders an arriving listing may meet, and the plain case of meeting them."""

from typing import Final

from exchange.book.checks import CANCEL_NEWEST
from exchange.book.demand import Queue
from exchange.book.rows import Listing, Order
from exchange.book.shelves import Shelf
from exchange.book.state import State
from exchange.book.stock import Kind
from exchange.units import GFLOPS_PER_PFLOPS

TRADE: Final = "TRADE"
# One thing that a meeting leads to: a trade, the end of an own order, or a reduction; with the
# devices, the first hour, the price, and what the order is credited with.
Step = tuple[str, Order, int, int, int, int]


class Line:
    """A shelf of orders: the most that its first could pay for a device, and what limits count.

    `rated` is what a device counts for in their unit, `scale` the scale of their limits.
    """

    __slots__ = ("pays", "rated", "scale", "shelf")

    def __init__(self, pays: int, shelf: Shelf[Order], rated: int, scale: int) -> None:
        self.pays = pays
        self.shelf = shelf
        self.rated = rated
        self.scale = scale


def _judge(state: State, kind: Kind) -> None:
    """Note the queues, of those not yet judged, whose requirement such listings satisfy."""
    for queue in state.queues[kind.judged :]:
        if queue.demand.may_enter(kind.aisle) and queue.demand.suits(kind):
            kind.suitors.append(queue)
    kind.judged = len(state.queues)


def lines_for(state: State, listing: Listing) -> list[Line]:
    """Return the shelves with orders that could pay the ask, within the listing's hours."""
    lines: list[Line] = []
    kind = listing.kind
    if kind.judged != len(state.queues):
        _judge(state, kind)
    queue: Queue
    for queue in kind.suitors:
        if not queue.count:
            continue
        rated, scale = 1, 1
        if not queue.devices:
            rated, scale = listing.aisle.rated(queue.demand.workload), GFLOPS_PER_PFLOPS
        shelves: list[Shelf[Order]] = queue.rack.reach(listing.first, listing.end)
        for shelf in shelves:
            pays = shelf.head().limit * rated
            if scale != 1:
                pays //= scale
            if pays >= listing.ask:
                lines.append(Line(pays, shelf, rated, scale))
    return lines


def plain_steps(
    state: State, listing: Listing, lines: list[Line]
) -> tuple[list[Step], bool] | None:
    """Return the steps of an hour's listing among orders that all pay their limit, in turn.

    Then who cannot be served now cannot be served later, and one look at each is enough.
    None: the case is not as plain as that.
    """
    line = lines[0]
    if len(lines) > 1 or line.scale != 1 or listing.hours != 1 or listing.mode != CANCEL_NEWEST:
        return None
    steps: list[Step] = []
    level = listing.level
    for block in line.shelf.blocks:
        for order in block.rows:
            if order.limit < listing.ask or not level:
                return steps, False
            amount = order.amount - order.filled
            if not order.demand.plain or order.purse < order.limit * amount * order.hours:
                return None
            devices = amount if amount < level else level
            if _unserved(state, order, listing, devices, amount):
                continue
            if order.seat.owner == listing.seat.owner:
                return steps, True
            steps.append((TRADE, order, devices, listing.first, order.limit, devices))
            level -= devices
    return steps, False


def _unserved(state: State, order: Order, listing: Listing, devices: int, amount: int) -> bool:
    """Tell whether the devices in the listing's one hour are not what the order can take."""
    hour = listing.first
    return (
        order.hours != 1
        or not max(order.first, state.first_open) <= hour < order.end
        or (order.fixed is not None and order.fixed != hour)
        or devices < order.least
        or devices < listing.min_devices
        or (devices < amount and not order.splittable)
    )
