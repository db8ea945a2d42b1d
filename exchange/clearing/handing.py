"""Which offer serves which order in which hour: who has devices keeps them where it can."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor
from exchange.clearing.rectangles import Use


class Handed(NamedTuple):
    """By order: devices by row and hour, and who sells or carries them."""

    cells: list[dict[tuple[int, int], int]]
    sellers: list[list[Use]]
    carriers: list[list[Use]]


def hand_out(floor: Floor, flows: Array) -> Handed:
    """Return what each order gets of whom: gangs first, then what an order has already had."""
    arrays, hours = floor.arrays, floor.merit.hours
    count = len(arrays.orders)
    handed = Handed(
        [{} for _ in range(count)], [[] for _ in range(count)], [[] for _ in range(count)]
    )
    positions = floor.positions()
    standing: dict[int, dict[int, int]] = {}
    for bid, cell, devices in zip(*(column.tolist() for column in positions), strict=True):
        order = int(arrays.bids.order[bid])
        here = standing.setdefault(cell, {})
        here[order] = here.get(order, 0) + devices
        key = (cell // hours, cell % hours)
        handed.cells[order][key] = handed.cells[order].get(key, 0) + devices
    gangs, stays = _gangs(floor), _stays(standing, hours)
    before: dict[int, dict[int, int]] = {}
    last = -2
    for cell in sorted(standing):
        if cell != last + 1 or cell % hours == 0:
            before = {}
        sold = _sold(floor, flows, cell)
        node = cell // hours < len(arrays.grounds.nodes)
        before = _share(standing[cell], sold, before, gangs if node else {}, stays[cell])
        for order, whom in before.items():
            _note(handed, order, whom, cell % hours, len(arrays.parts.offers))
        last = cell
    return handed


def _note(handed: Handed, order: int, whom: dict[int, int], hour: int, offers: int) -> None:
    for owner, devices in whom.items():
        if owner < offers:
            handed.sellers[order].append((owner, hour, devices))
        else:
            handed.carriers[order].append((owner - offers, hour, devices))


def _gangs(floor: Floor) -> dict[int, int]:
    """Return the offer of each order that stands on one."""
    bids = np.flatnonzero(floor.board.offer >= 0)
    return {int(floor.arrays.bids.order[bid]): int(floor.board.offer[bid]) for bid in bids}


def _sold(floor: Floor, flows: Array, cell: int) -> dict[int, int]:
    """Return what each offer or link sells in a cell, in merit order."""
    sold: dict[int, int] = {}
    for step in range(floor.merit.ptr[cell], floor.merit.ptr[cell + 1]):
        if flows[step]:
            owner = int(floor.arrays.parts.owner[floor.merit.part[step]])
            sold[owner] = sold.get(owner, 0) + int(flows[step])
    return sold


def _stays(standing: dict[int, dict[int, int]], hours: int) -> dict[int, dict[int, int]]:
    """Return by cell how many hours each order stays in the row from there on."""
    stays: dict[int, dict[int, int]] = {}
    for cell in sorted(standing, reverse=True):
        after = stays.get(cell + 1, {}) if (cell + 1) % hours else {}
        stays[cell] = {order: after.get(order, 0) + 1 for order in standing[cell]}
    return stays


class _Deal:
    """Devices of sellers on their way to orders, in one cell."""

    def __init__(self, wanted: dict[int, int], sold: dict[int, int]) -> None:
        self._left, self._sold = dict(wanted), sold
        self.got: dict[int, dict[int, int]] = {order: {} for order in wanted}

    def give(self, order: int, owner: int, most: int | None = None) -> None:
        """Give an order what it still wants of a seller, as far as there is any."""
        wanted = self._left[order] if most is None else min(most, self._left[order])
        devices = min(wanted, self._sold.get(owner, 0))
        if devices > 0:
            self.got[order][owner] = self.got[order].get(owner, 0) + devices
            self._sold[owner] -= devices
            self._left[order] -= devices

    def give_rest(self, orders: Iterable[int]) -> None:
        """Give orders in turn what they still want, of sellers in merit order.

        Who has sold out is not asked again: a cell may have a thousand of both.
        """
        owners = [owner for owner, devices in self._sold.items() if devices]
        first = 0
        for order in orders:
            while self._left[order] and first < len(owners):
                self.give(order, owners[first])
                first += not self._sold[owners[first]]


def _share(
    wanted: dict[int, int],
    sold: dict[int, int],
    before: dict[int, dict[int, int]],
    gangs: dict[int, int],
    stays: dict[int, int],
) -> dict[int, dict[int, int]]:
    """Return by order what it gets of each seller."""
    deal = _Deal(wanted, sold)
    for order in sorted(wanted):
        if order in gangs:
            deal.give(order, gangs[order])
    for order in sorted(wanted):
        for owner, devices in before.get(order, {}).items():
            deal.give(order, owner, devices)
    deal.give_rest(sorted(wanted, key=lambda one: (-stays[one], one)))
    return deal.got
