"""Dispatch in merit order, and prices that are lowered until nobody loses."""

import numpy as np
from numba import njit

from exchange.clearing.kernels import KEPT, loop
from exchange.clearing.kernels.pieces import NONE, Board
from exchange.clearing.kernels.shapes import Array, Supply


@loop
def export(board: Board, rows: Array) -> int:
    """Write every piece as bid, cell and devices; return how many there are."""
    count = 0
    for bid in range(len(board.first)):
        piece = board.first[bid]
        while piece != NONE:
            rows[count, 0], rows[count, 1] = bid, board.cell[piece]
            rows[count, 2] = board.devices[piece]
            count += board.devices[piece] > 0
            piece = board.follow[piece]
    return count


@njit(cache=KEPT)
def _share(
    supply: Supply, devices: Array, step: int, after: int, sold: int, room: int, flows: Array
) -> None:
    """Sell from equal steps pro rata; what is left by the largest remainder, then as they stand."""
    count, left = after - step, sold
    rest = np.zeros(count, np.int64)
    for at in range(count):
        free = devices[supply.part[step + at]] - flows[step + at]
        rest[at] = sold * free % room
        flows[step + at] += sold * free // room
        left -= sold * free // room
    for at in np.argsort(-rest, kind="mergesort")[:left]:
        flows[step + at] += 1


@njit(cache=KEPT)
def dispatch(
    supply: Supply, owner: Array, devices: Array, rank: Array, board: Board, flows: Array
) -> None:
    """Fill what each step sells: gangs on their offers, then the rest in merit order."""
    held = board.held.copy()
    for cell in range(len(board.load)):
        rest, hour = board.load[cell], cell % supply.hours
        for step in range(supply.ptr[cell], supply.ptr[cell + 1]):
            offer = owner[supply.part[step]]
            flows[step] = 0
            if offer < len(held) and held[offer, hour]:
                flows[step] = min(held[offer, hour], devices[supply.part[step]])
                held[offer, hour] -= flows[step]
                rest -= flows[step]
        step, end = supply.ptr[cell], supply.ptr[cell + 1]
        while rest > 0 and step < end:
            after, room = step, 0
            while after < end and rank[supply.part[after]] == rank[supply.part[step]]:
                room += devices[supply.part[after]] - flows[after]
                after += 1
            if room > 0:
                _share(supply, devices, step, after, min(rest, room), room, flows)
            rest -= min(rest, room)
            step = after


@loop
def cure(
    orders: Array,
    ptr: Array,
    cell: Array,
    devices: Array,
    most: Array,
    prices: Array,
    least: Array,
    tick: int,
) -> None:
    """Lower the cells of each order that loses, toward the highest ask used there."""
    for order in orders:
        pays, room = 0, 0
        for at in range(ptr[order], ptr[order + 1]):
            pays += devices[at] * prices[cell[at]]
            room += devices[at] * (prices[cell[at]] - least[cell[at]])
        excess = pays - most[order]
        if excess <= 0 or room <= 0:
            continue
        share = excess / room
        for at in range(ptr[order], ptr[order + 1]):
            above = prices[cell[at]] - least[cell[at]]
            down = (int(above * share) // tick + 1) * tick
            prices[cell[at]] -= min(above, down)
