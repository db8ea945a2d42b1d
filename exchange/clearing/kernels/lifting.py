"""Prices are raised as far as nobody minds who buys there."""

from typing import NamedTuple

from exchange.clearing.kernels import loop
from exchange.clearing.kernels.reach import cheapest_block, devices_for
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Bids, Places

MOST_PLACES = 400  # of a block, that are raised one after the other


class Ladder(NamedTuple):
    """Who stands in each cell, and what orders could still pay."""

    at_cell: Array  # by cell: where its rows begin
    order: Array  # by row
    devices: Array  # by row
    slack: Array  # by order: what it could pay besides
    prices: Array  # by cell; raised in place
    hours: int
    dearest: int  # the highest price that a cell may have
    tick: int


class Climb(NamedTuple):
    """A ladder, what blocks cost on it, and what was raised since the last bid began."""

    ladder: Ladder
    cap: Array  # by cell
    lengths: Array
    sums: Array  # by length, row and start
    cell: Array  # by rise
    up: Array  # by rise
    count: Array  # one number: rises


@loop
def raise_cell(cell: int, wanted: int, ladder: Ladder) -> int:
    """Raise a cell's price by what is wanted, or as much as no buyer there minds; return how much.

    Nothing is raised where nobody stands.
    """
    begin, end = ladder.at_cell[cell], ladder.at_cell[cell + 1]
    if begin == end:
        return 0
    up = min(wanted, ladder.dearest - ladder.prices[cell])
    for at in range(begin, end):
        up = min(up, ladder.slack[ladder.order[at]] // ladder.devices[at])
    up = max(up, 0) // ladder.tick * ladder.tick
    for at in range(begin, end):
        ladder.slack[ladder.order[at]] -= up * ladder.devices[at]
    ladder.prices[cell] += up
    return up


@loop
def _gain(bid: int, node: int, start: int, bids: Bids, places: Places, ladder: Ladder) -> int:
    """Return what a block would gain at a place."""
    arc = places.arc[bids.city[bid], node]
    gain = bids.value[bid]
    if bids.moved_gb[bid]:
        gain -= bids.moved_gb[bid] * places.per_gb[arc]
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, places)
        at = node * ladder.hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            gain -= devices * ladder.prices[cell]
    if bids.gbps[bid]:
        at = arc * ladder.hours + start
        for cell in range(at, at + bids.hours[bid]):
            gain -= bids.gbps[bid] * ladder.prices[cell]
    return gain


@loop
def _device_hours(bid: int, node: int, bids: Bids, places: Places) -> int:
    total = 0
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, places)
        total += devices * bids.seg_hours[seg]
    return total


@loop
def _shift(cell: int, up: int, climb: Climb) -> None:
    """Bring the running sums of prices up to date."""
    hours = climb.ladder.hours
    row, hour = cell // hours, cell % hours
    for number in range(len(climb.lengths)):
        length = climb.lengths[number]
        for start in range(max(0, hour - length + 1), min(hour, hours - length) + 1):
            climb.sums[number, row, start] += up


@loop
def _raise(cell: int, wanted: int, climb: Climb) -> int:
    """Raise a cell and write it down; return how much, nothing where nothing more can be noted."""
    at = climb.count[0]
    if at == len(climb.cell):
        return 0
    up = raise_cell(cell, wanted, climb.ladder)
    if up > 0:
        climb.cell[at], climb.up[at], climb.count[0] = cell, up, at + 1
        _shift(cell, up, climb)
    return up


@loop
def _take_back(climb: Climb) -> None:
    """Undo what was written down."""
    ladder = climb.ladder
    while climb.count[0]:
        climb.count[0] -= 1
        cell, up = climb.cell[climb.count[0]], climb.up[climb.count[0]]
        for at in range(ladder.at_cell[cell], ladder.at_cell[cell + 1]):
            ladder.slack[ladder.order[at]] += up * ladder.devices[at]
        ladder.prices[cell] -= up
        _shift(cell, -up, climb)


@loop
def _raise_place(bid: int, node: int, start: int, bids: Bids, places: Places, climb: Climb) -> bool:
    """Raise the cells of a block's place until it gains nothing there; tell whether that is so.

    Each rises by an even share of what is missing, so that buyers who stand in several cells can
    still pay for the next; then, what some could not bear, others do.
    """
    hours = climb.ladder.hours
    missing = _gain(bid, node, start, bids, places, climb.ladder)
    for even in (True, False):
        left = _device_hours(bid, node, bids, places)
        for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
            devices = devices_for(bids.seg_amount[seg], bid, node, bids, places)
            at = node * hours + start + bids.seg_off[seg]
            for cell in range(at, at + bids.seg_hours[seg]):
                if missing <= 0 or devices <= 0:
                    break
                over = left if even else devices
                wanted = _on_tick((missing + over - 1) // over, climb)
                missing -= devices * _raise(cell, wanted, climb)
                left -= devices
        if missing <= 0:
            return True
    return False


@loop
def _on_tick(price: int, climb: Climb) -> int:
    tick = climb.ladder.tick
    return (price + tick - 1) // tick * tick


@loop
def _raise_block(bid: int, bids: Bids, places: Places, costs: Array, climb: Climb) -> bool:
    """Raise one place of a block after the other until it gains at none."""
    for _ in range(MOST_PLACES):
        cost, node, start = cheapest_block(bid, bids, places, climb.sums, costs)
        if cost >= min(bids.value[bid], NOWHERE) or cost > bids.purse[bids.order[bid]]:
            return True
        if not _raise_place(bid, node, start, bids, places, climb):
            return False
    return False


@loop
def _raise_window(bid: int, bids: Bids, places: Places, climb: Climb) -> bool:
    """Raise every cell in which a divisible part gains until it gains at none."""
    ladder, mask, scale = climb.ladder, bids.mask[bid], bids.scale[bid]
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        rate = places.rate[bids.work[bid], node] if scale > 1 else 1
        enough = _on_tick((bids.limit[bid] * rate + scale - 1) // scale, climb)
        begin = node * ladder.hours
        for cell in range(begin + bids.first[bid], begin + bids.last[bid]):
            missing = enough - ladder.prices[cell]
            if climb.cap[cell] > 0 and missing > 0 and _raise(cell, missing, climb) < missing:
                return False
    return True


@loop
def raise_for(turn: Array, bids: Bids, places: Places, costs: Array, climb: Climb) -> int:
    """Raise for one bid after another, each until it gains nothing or not at all; count them.

    What is raised in vain would only use up what others could still pay.
    """
    met = 0
    for bid in turn:
        climb.count[0] = 0
        if bids.kind[bid] == DIVISIBLE:
            done = _raise_window(bid, bids, places, climb)
        else:
            done = _raise_block(bid, bids, places, costs, climb)
        if done:
            met += climb.count[0] > 0
        else:
            _take_back(climb)
    return met
