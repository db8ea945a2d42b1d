"""What would fit where: capacity by node, arc and hour, and its least over windows."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from exchange.verifying.book import Book, Offer, Requires

Grid = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Ceilings = tuple[int | None, int | None]


class Space:
    """The capacity of some of the book's offers and of all its links."""

    def __init__(self, book: Book, offers: Iterable[Offer]) -> None:
        self._book = book
        self._offers = tuple(offers)
        self.devices = np.zeros((len(book.nodes), book.hours), np.int64)
        self.gbps = np.zeros((len(book.arcs), book.hours), np.int64)
        for offer in self._offers:
            self.devices[offer.node, offer.first : offer.first + offer.hours] += offer.devices
        for link in book.links:
            self.gbps[link.arc, link.first : link.first + link.hours] += link.gbps
        self._devices: dict[int, Grid] = {1: self.devices}
        self._gbps: dict[int, Grid] = {1: self.gbps}
        self._single: dict[tuple[int, Ceilings], Grid] = {}

    def devices_through(self, hours: int) -> Grid:
        """Return by node and start the devices that are there in every one of the hours."""
        return _least(self._devices, self.devices, hours)

    def gbps_through(self, hours: int) -> Grid:
        """Return by arc and start the Gbit/s that are there in every one of the hours."""
        return _least(self._gbps, self.gbps, hours)

    def single_through(self, hours: int, requires: Requires) -> Grid:
        """Return by node and start the devices of the largest offer that keeps the ceilings."""
        ceilings = (requires.max_pue_thousandths, requires.max_carbon_g_per_kwh)
        key = (hours, ceilings)
        if key not in self._single:
            self._single[key] = self._largest(hours, requires)
        return self._single[key]

    def _largest(self, hours: int, requires: Requires) -> Grid:
        found = np.zeros((len(self._book.nodes), self._book.hours - hours + 1), np.int64)
        for offer in self._offers:
            starts = offer.hours - hours + 1
            if starts > 0 and keeps_ceilings(offer, requires):
                part = found[offer.node, offer.first : offer.first + starts]
                np.maximum(part, offer.devices, out=part)
        return found


def keeps_ceilings(offer: Offer, requires: Requires) -> bool:
    """Tell whether the offer's site keeps the PUE and carbon ceilings."""
    pue, carbon = requires.max_pue_thousandths, requires.max_carbon_g_per_kwh
    return (pue is None or offer.pue_thousandths <= pue) and (
        carbon is None or offer.carbon_g_per_kwh <= carbon
    )


def _least(known: dict[int, Grid], grid: Grid, hours: int) -> Grid:
    """Least over each window, from the least over two windows of half the length."""
    if hours not in known:
        half = (hours + 1) // 2
        part = _least(known, grid, half)
        starts = grid.shape[1] - hours + 1
        known[hours] = np.minimum(part[:, :starts], part[:, hours - half :][:, :starts])
    return known[hours]


class Costs:
    """Prices of every node and arc, with what a device costs over windows of hours."""

    def __init__(self, devices: Grid, links: Grid) -> None:
        self.devices, self.links = devices, links
        self._devices, self._links = _sums(devices), _sums(links)

    def devices_over(self, hours: int) -> Grid:
        """Return by node and start what one device costs over the hours."""
        return self._devices[:, hours:] - self._devices[:, :-hours]

    def links_over(self, hours: int) -> Grid:
        """Return by arc and start what one Gbit/s costs over the hours."""
        return self._links[:, hours:] - self._links[:, :-hours]


def _sums(grid: Grid) -> Grid:
    start = np.zeros((grid.shape[0], 1), np.int64)
    return np.concatenate([start, np.cumsum(grid, axis=1)], axis=1)
