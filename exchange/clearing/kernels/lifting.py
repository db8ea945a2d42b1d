"""Prices are raised as far as nobody minds who buys there."""

from typing import NamedTuple

from exchange.clearing.kernels import loop
from exchange.clearing.kernels.reach import devices_for
from exchange.clearing.kernels.shapes import Array, Bids, Places


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
def raise_place(bid: int, node: int, start: int, bids: Bids, places: Places, ladder: Ladder) -> int:
    """Raise the cells of a block's place until it gains nothing there; return by how much.

    Each rises by an even share of what is missing, so that buyers who stand in several cells can
    still pay for the next.
    """
    missing = _gain(bid, node, start, bids, places, ladder)
    left, moved = _device_hours(bid, node, bids, places), 0
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, places)
        at = node * ladder.hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            if missing <= 0 or devices <= 0:
                break
            share = (missing + left - 1) // left
            wanted = (share + ladder.tick - 1) // ladder.tick * ladder.tick
            up = raise_cell(cell, wanted, ladder)
            missing, left, moved = missing - devices * up, left - devices, moved + up
    return moved


@loop
def raise_window(bid: int, bids: Bids, places: Places, ladder: Ladder) -> int:
    """Raise every cell in which a divisible part would gain until it gains nothing there."""
    moved, mask, scale = 0, bids.mask[bid], bids.scale[bid]
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        rate = places.rate[bids.work[bid], node] if scale > 1 else 1
        enough = (bids.limit[bid] * rate + scale - 1) // scale
        enough = (enough + ladder.tick - 1) // ladder.tick * ladder.tick
        begin = node * ladder.hours
        for cell in range(begin + bids.first[bid], begin + bids.last[bid]):
            if ladder.prices[cell] < enough:
                moved += raise_cell(cell, enough - ladder.prices[cell], ladder)
    return moved


@loop
def raise_for(turn: Array, best: Array, bids: Bids, places: Places, ladder: Ladder) -> int:
    """Raise for one bid after another; `best` has each bid's surplus, node and start."""
    moved = 0
    for bid in turn:
        if best[bid, 1] < 0:
            moved += raise_window(bid, bids, places, ladder)
        else:
            moved += raise_place(bid, best[bid, 1], best[bid, 2], bids, places, ladder)
    return moved
