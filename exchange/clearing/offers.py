"""The supply of a book: offers and links as parts, in merit order in each cell."""

from typing import NamedTuple

import numpy as np

from exchange.clearing.book import Book, Link, Offer
from exchange.clearing.eligibility import Grounds
from exchange.clearing.kernels.shapes import Array, Supply


class Parts(NamedTuple):
    """The steps of offers and the links, sorted by row and merit order."""

    offers: tuple[Offer, ...]
    links: tuple[Link, ...]
    owner: Array  # the offer, or the number of offers plus the link
    row: Array
    first: Array
    end: Array
    devices: Array
    ask: Array
    counted: Array  # what they are sorted by: the ask, or with its share of the start-up cost
    rank: Array  # equal where row, counted, PUE and carbon are


def parts_of(book: Book, grounds: Grounds, *, spread: bool = False) -> Parts:
    """Return the parts: by row, then ask, lower PUE, lower carbon, arrival, number.

    With `spread` an ask counts with its share of the start-up cost, were all device-hours sold.
    """
    offers, links = book.offers, book.links
    rows = []
    for number, offer in enumerate(offers):
        whole = sum(devices for _, devices in offer.curve) * offer.hours
        start = -(-offer.start_up_micros // whole) if spread else 0
        merit = (offer.pue_thousandths, offer.carbon_g_per_kwh, offer.arrival)
        for ask, devices in offer.curve:
            place = (number, grounds.codes[offer.node], offer.first_hour, offer.end, devices)
            rows.append((place[1], ask + start, *merit, offer.offer, *place, ask))
    for number, link in enumerate(links):
        arc = grounds.arcs[link.zone, link.city]
        price = link.price_micros_per_gbps_hour
        place = (len(offers) + number, arc, link.first_hour, link.end, link.gbps)
        # Links of one price are used by arrival: none is equal to another.
        merit = (link.arrival, link.link, 0)
        rows.append((arc, price, *merit, 0, *place, price))
    rows.sort()
    table = np.array(rows, np.int64).reshape(-1, 12)
    change = np.any(table[1:, :4] != table[:-1, :4], axis=1)
    rank = np.concatenate([[0], np.cumsum(change)])[: len(table)]
    owner, row, first, end, devices, ask = table[:, 6:].T.copy()
    return Parts(offers, links, owner, row, first, end, devices, ask, table[:, 1].copy(), rank)


def supply_of(parts: Parts, grounds: Grounds, closed: Array | None = None) -> Supply:
    """Return the supply by cell, without the closed offers."""
    hours, rows = grounds.hours, len(grounds.nodes) + len(grounds.arcs)
    open_ = np.ones(len(parts.row), bool) if closed is None else ~closed[parts.owner]
    spans = np.where(open_, parts.end - parts.first, 0)
    part = np.repeat(np.arange(len(spans)), spans)
    starts = np.cumsum(spans) - spans
    hour = np.arange(len(part)) - starts[part] + parts.first[part]
    cell = parts.row[part] * hours + hour
    order = np.argsort(cell, kind="stable")
    part, cell = part[order], cell[order]
    ptr = np.searchsorted(cell, np.arange(rows * hours + 1))
    cum = _within(parts.devices[part], ptr)
    cap = np.zeros(rows * hours, np.int64)
    filled = np.flatnonzero(np.diff(ptr))
    cap[filled] = cum[ptr[filled + 1] - 1]
    ask = parts.counted[part]
    cost = _within(parts.devices[part] * ask, ptr)
    return Supply(hours, ptr, ask, part, cum, cost, cap, *_offers(parts, grounds, closed))


def lowest_asks(parts: Parts, supply: Supply) -> Array:
    """Return by cell the lowest ask of what stands there, 0 where nothing does."""
    cells = np.repeat(np.arange(len(supply.cap)), np.diff(supply.ptr))
    lowest = np.full(len(supply.cap), np.iinfo(np.int64).max)
    np.minimum.at(lowest, cells, parts.ask[supply.part])
    return np.where(supply.cap > 0, lowest, 0)


def _within(values: Array, ptr: Array) -> Array:
    """Return running sums that start anew in each cell."""
    total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return total[1:] - np.repeat(total[ptr[:-1]], np.diff(ptr))


def _offers(parts: Parts, grounds: Grounds, closed: Array | None) -> tuple[Array, ...]:
    count = len(parts.offers)
    size, ask = np.zeros(count, np.int64), np.zeros(count, np.int64)
    mine = parts.owner < count
    np.add.at(size, parts.owner[mine], parts.devices[mine])
    np.maximum.at(ask, parts.owner[mine], parts.counted[mine])
    if closed is not None:
        size[closed[:count]] = 0
    node = np.array([grounds.codes[offer.node] for offer in parts.offers], np.int64)
    first = np.array([offer.first_hour for offer in parts.offers], np.int64)
    end = np.array([offer.end for offer in parts.offers], np.int64)
    order = np.lexsort((np.arange(count), ask, node))
    ptr = np.searchsorted(node[order], np.arange(len(grounds.nodes) + 1))
    return ptr, order, ask, first, end, size


def fits(
    parts: Parts,
    grounds: Grounds,
    lengths: Array,
    ceilings: list[tuple[int, int]],
    closed: Array | None = None,
) -> Array:
    """Return the most devices free throughout a window: together, then on one offer."""
    cap = supply_of(parts, grounds, closed).cap.reshape(-1, grounds.hours)
    table = np.zeros((1 + len(ceilings), len(lengths), *cap.shape), np.int64)
    for number, length in enumerate(lengths):
        last = grounds.hours - length + 1
        windows = np.lib.stride_tricks.sliding_window_view(cap, int(length), axis=1)
        table[0, number, :, :last] = windows.min(-1)
    open_ = [
        (offer, grounds.codes[offer.node], sum(devices for _, devices in offer.curve))
        for seller, offer in enumerate(parts.offers)
        if closed is None or not closed[seller]
    ]
    for ceiling, (pue, carbon) in enumerate(ceilings, 1):
        for offer, node, devices in open_:
            if offer.pue_thousandths > pue or offer.carbon_g_per_kwh > carbon:
                continue
            for number, length in enumerate(lengths):
                if length > offer.hours:
                    break
                span = table[ceiling, number, node, offer.first_hour : offer.end - length + 1]
                np.maximum(span, devices, out=span)
    return table
