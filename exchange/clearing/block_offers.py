"""Block offers: their least share sold and their start-up cost covered, or nothing."""

from collections.abc import Iterator

import numpy as np

from exchange.clearing.bound import margins_of
from exchange.clearing.kernels.curing import dispatch
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor
from exchange.units import BP


def _open(floor: Floor) -> list[int]:
    """Return the block offers that are not closed."""
    offers = enumerate(floor.arrays.parts.offers)
    return [number for number, offer in offers if offer.all_or_little and not floor.closed[number]]


def _sales(floor: Floor, flows: Array, prices: Array) -> Iterator[tuple[int, Array, Array, int]]:
    """Yield each open block offer: its cells, devices there, and its gain."""
    arrays, supply = floor.arrays, floor.merit
    blocks = _open(floor)
    if not blocks:
        return
    owner = arrays.parts.owner[supply.part]
    cells = np.repeat(np.arange(len(supply.cap)), np.diff(supply.ptr))
    for number in blocks:
        mine = (owner == number) & (flows > 0)
        margin = prices[cells[mine]] - arrays.parts.ask[supply.part[mine]]
        gain = int((flows[mine] * margin).sum()) - arrays.parts.offers[number].start_up_micros
        yield number, cells[mine], flows[mine], gain


def unused_offers(floor: Floor) -> list[int]:
    """Return the open block offers of which nothing is used where start-up costs count."""
    arrays, supply = floor.arrays, floor.supply
    flows = np.zeros(len(supply.part), np.int64)
    parts = arrays.spread
    dispatch(supply, parts.owner, parts.devices, parts.rank, floor.board, flows)
    sold = np.zeros(len(floor.closed), np.int64)
    np.add.at(sold, parts.owner[supply.part], flows)
    return [number for number in _open(floor) if not sold[number]]


def losing_offers(floor: Floor, flows: Array, prices: Array) -> list[int]:
    """Return the open block offers that sell nothing, too little, or short of their start-up."""
    losing = []
    for number, _, sold, gain in _sales(floor, flows, prices):
        offer = floor.arrays.parts.offers[number]
        whole = sum(devices for _, devices in margins_of(floor.arrays, offer, prices))
        if not len(sold) or gain < 0 or sold.sum() < -(-whole * offer.min_sold_bp // BP):
            losing.append((gain, number))
    return [number for _, number in sorted(losing)]


def uncovered(
    floor: Floor, flows: Array, prices: Array
) -> Iterator[tuple[list[int], int, list[int]]]:
    """Yield the cells in which a start-up cost is short, by how much, and the devices there."""
    for _, cells, sold, gain in _sales(floor, flows, prices):
        if gain < 0:
            yield cells.tolist(), -gain, sold.tolist()
