"""The block that an arriving listing could sell to one resting order, as it stands by then."""

from exchange.book.picking import starts_of
from exchange.book.queues import TRADE, Step
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.price import DEVICES, SCALE, floor_tick, hold_micros, net_of
from exchange.units import BP


class Standing:
    """What is left of a resting order in the course of a meeting."""

    __slots__ = ("amount", "first", "last", "left", "purse")

    def __init__(self, state: State, order: Order) -> None:
        self.amount = order.amount - order.filled
        self.left = order.left
        self.purse = order.purse
        self.first, self.last = starts_of(state, order)

    def trade(self, order: Order, value: int, start: int) -> None:
        """Pay for a rectangle; from then on the order keeps to its start."""
        self.purse -= value
        self.left -= value * (BP + order.vat) // BP
        self.first, self.last = start, start + order.hours

    def reduce(self, order: Order) -> None:
        """Keep of the hold no more than what remains of the order may need."""
        still = hold_micros(
            unit=order.unit,
            amount=self.amount,
            hours=order.hours,
            limit_micros=order.limit,
            vat_bp=order.vat,
            budget_micros=order.budget,
        )
        self.left = min(self.left, still)
        self.purse = net_of(self.left, order.vat)


def best_block(listing: Listing, order: Order, standing: Standing, free: list[int]) -> Step | None:
    """Return the block for the order: the most devices, then the earliest start."""
    hours = order.hours
    if hours < listing.min_hours:
        return None
    rated = 1 if order.unit == DEVICES else listing.aisle.rated(order.demand.workload)
    step = listing.aisle.node if order.demand.whole_nodes else 1
    whole = -(-standing.amount // (rated * step)) * step
    begin = max(standing.first, listing.first)
    until = min(standing.last, listing.end)
    best: Step | None = None
    most = max(1, order.least, listing.min_devices) - 1
    tried = 0
    for start in range(begin, until - hours + 1):
        at = start - listing.first
        devices = min(whole, min(free[at : at + hours]) // step * step)
        if devices <= most or devices == tried:
            continue
        tried = devices
        credited = min(rated * devices, standing.amount)
        if not order.splittable and credited != standing.amount:
            continue
        price = _price(order, standing, devices, credited)
        if price >= listing.ask:
            best = (TRADE, order, devices, start, price, credited)
            most = devices
            if devices == whole:
                break
    return best


def _price(order: Order, standing: Standing, devices: int, credited: int) -> int:
    """Return what the order pays for a device-hour: its limit or its purse, on a tick."""
    by_limit = order.limit * credited // (SCALE[order.unit] * devices)
    by_purse = standing.purse // (devices * order.hours)
    return floor_tick(min(by_limit, by_purse))
