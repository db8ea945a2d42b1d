"""The least part of an offer: in an hour it sells that much, or nothing."""

from collections.abc import Iterator

import numpy as np

from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor


def respect_least(floor: Floor, flows: Array) -> Iterator[int]:
    """Shift devices between offers so that each sells its least part or nothing.

    Where a cell cannot be served so, yield an order to take away.
    """
    arrays, supply = floor.arrays, floor.merit
    least = np.array([offer.min_devices for offer in arrays.parts.offers], np.int64)
    picky = np.flatnonzero(least > 1)
    if not len(picky):
        return
    rows = np.array([arrays.grounds.codes[arrays.parts.offers[one].node] for one in picky])
    for row in np.unique(rows):
        for cell in range(row * supply.hours, (row + 1) * supply.hours):
            if floor.board.load[cell] and not _serve(floor, cell, least, flows):
                yield floor.last_in(cell)


def _serve(floor: Floor, cell: int, least: Array, flows: Array) -> bool:
    """Serve a cell again without offers that would sell too little; tell whether it can be."""
    supply, parts = floor.merit, floor.arrays.parts
    steps = range(supply.ptr[cell], supply.ptr[cell + 1])
    owner = {step: int(parts.owner[supply.part[step]]) for step in steps}
    left_out: set[int] = set()
    # Each shift leaves one offer fewer that is short, and makes no other short.
    while short := _short(owner, least, flows):
        if not _shift(floor, cell, short[0], int(least[short[0]]), owner, least, flows):
            left_out.add(short[0])
            if not _without(floor, cell, left_out, owner, flows):
                return False
    return True


def _short(owner: dict[int, int], least: Array, flows: Array) -> list[int]:
    """Return the offers that sell something, and less than their least part."""
    sold: dict[int, int] = {}
    for step, one in owner.items():
        sold[one] = sold.get(one, 0) + int(flows[step])
    return [one for one, devices in sold.items() if 0 < devices < least[one]]


def _shift(
    floor: Floor,
    cell: int,
    short: int,
    wanted: int,
    owner: dict[int, int],
    least: Array,
    flows: Array,
) -> bool:
    """Let a short offer sell its least part: cheaper ones give what they can spare."""
    held = floor.board.held[:, cell % floor.merit.hours]
    sold: dict[int, int] = {}
    for step, one in owner.items():
        sold[one] = sold.get(one, 0) + int(flows[step])
    missing = wanted - sold[short]
    spare = {one: devices - max(int(least[one]), int(held[one])) for one, devices in sold.items()}
    givers = [step for step in reversed(owner) if owner[step] != short and flows[step]]
    if sum(max(spare[one], 0) for one in {owner[step] for step in givers}) < missing:
        return False
    for step in givers:
        give = max(0, min(missing, int(flows[step]), spare[owner[step]]))
        flows[step] -= give
        spare[owner[step]] -= give
        missing -= give
    _fill(floor, [step for step, one in owner.items() if one == short], wanted - sold[short], flows)
    return True


def _fill(floor: Floor, steps: list[int], devices: int, flows: Array) -> int:
    """Sell so many more devices from steps, cheapest first; return what finds no room."""
    parts, supply = floor.arrays.parts, floor.merit
    for step in steps:
        more = min(devices, int(parts.devices[supply.part[step]] - flows[step]))
        flows[step] += more
        devices -= more
    return devices


def _without(
    floor: Floor, cell: int, left_out: set[int], owner: dict[int, int], flows: Array
) -> bool:
    """Serve a cell from the other offers; tell whether they suffice."""
    if any(floor.board.held[one, cell % floor.merit.hours] for one in left_out):
        return False
    rest = int(floor.board.load[cell])
    for step in owner:
        flows[step] = 0
    for step, one in owner.items():
        held = int(floor.board.held[one, cell % floor.merit.hours])
        already = sum(int(flows[other]) for other in owner if owner[other] == one)
        rest -= held - already - _fill(floor, [step], held - already, flows)
    steps = [step for step, one in owner.items() if one not in left_out]
    return _fill(floor, steps, rest, flows) == 0
