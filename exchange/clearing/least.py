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
            if floor.board.load[cell] and not _serve(_Counter(floor, cell, least, flows)):
                yield floor.last_in(cell)


def _serve(counter: "_Counter") -> bool:
    """Serve a cell again without offers that would sell too little; tell whether it can be."""
    exact: set[int] = set()
    left_out: set[int] = set()
    # Each turn has one more offer that sells exactly its least part, or one more that sells none.
    while short := counter.short():
        one = short[0]
        if counter.sell(exact | {one}, left_out):
            exact.add(one)
            continue
        left_out.add(one)
        exact.clear()
        if counter.held(one) or not counter.sell(exact, left_out):
            return False
    return True


class _Counter:
    """One cell: what stands there, and what each of its steps sells."""

    def __init__(self, floor: Floor, cell: int, least: Array, flows: Array) -> None:
        supply, parts = floor.merit, floor.arrays.parts
        self._steps = range(supply.ptr[cell], supply.ptr[cell + 1])
        self._owner = {step: int(parts.owner[supply.part[step]]) for step in self._steps}
        self._rank = {step: int(parts.rank[supply.part[step]]) for step in self._steps}
        self._devices = {step: int(parts.devices[supply.part[step]]) for step in self._steps}
        self._held = floor.board.held[:, cell % supply.hours]
        self._load, self._least, self._flows = int(floor.board.load[cell]), least, flows

    def held(self, offer: int) -> int:
        """Return the devices of an offer that gangs hold."""
        return int(self._held[offer])

    def short(self) -> list[int]:
        """Return the offers that sell something, and less than their least part."""
        sold: dict[int, int] = {}
        for step, one in self._owner.items():
            sold[one] = sold.get(one, 0) + int(self._flows[step])
        return [one for one, devices in sold.items() if 0 < devices < self._least[one]]

    def sell(self, exact: set[int], left_out: set[int]) -> bool:
        """Sell the least part of some offers, nothing of others, the rest in merit order.

        What gangs hold is sold of every offer. Tells whether that serves the whole load.
        """
        self._flows[self._steps.start : self._steps.stop] = 0
        rest = self._load
        for one in dict.fromkeys(self._owner.values()):
            fixed = max(self.held(one), int(self._least[one]) if one in exact else 0)
            rest -= fixed
            for step in (step for step in self._steps if self._owner[step] == one):
                self._flows[step] = min(fixed, self._devices[step])
                fixed -= int(self._flows[step])
            if fixed:
                # It has not so many in this hour: its least part cannot be sold.
                return False
        free = [step for step in self._steps if self._owner[step] not in exact | left_out]
        for rank in dict.fromkeys(self._rank[step] for step in free):
            rest -= self._share([step for step in free if self._rank[step] == rank], rest)
        return rest == 0

    def _share(self, equal: list[int], wanted: int) -> int:
        """Sell from equal steps pro rata, as everywhere at the margin; return how many devices."""
        room = [self._devices[step] - int(self._flows[step]) for step in equal]
        whole = sum(room)
        sold = max(0, min(wanted, whole))
        if not sold:
            return 0
        parts = [sold * free // whole for free in room]
        # Steps stand by arrival: so do equal remainders.
        by_rest = sorted(range(len(equal)), key=lambda at: -(sold * room[at] % whole))
        for at in by_rest[: sold - sum(parts)]:
            parts[at] += 1
        for step, devices in zip(equal, parts, strict=True):
            self._flows[step] += devices
        return sold
