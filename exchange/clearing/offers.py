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
    counted: Array  # the ask with the start-up cost spread over all device-hours


def _end(row: Offer | Link, hours: int) -> int:
    return hours if row.hours is None else row.first_hour + row.hours


def _arrived(row: Offer | Link, number: int) -> int:
    return number if row.arrival is None else row.arrival


def parts_of(book: Book, grounds: Grounds) -> Parts:
    """Return the parts: by row, then ask, lower PUE, lower carbon, arrival, id."""
    offers = tuple(sorted(book.offers, key=lambda row: row.offer))
    links = tuple(sorted(book.links, key=lambda row: row.link))
    rows = []
    for number, offer in enumerate(offers):
        end = _end(offer, book.hours)
        whole = sum(devices for _, devices in offer.curve) * (end - offer.first_hour)
        start = -(-offer.start_up_micros // whole)
        merit = (offer.pue_thousandths, offer.carbon_g_per_kwh, _arrived(offer, offer.offer))
        for ask, devices in offer.curve:
            place = (number, grounds.codes[offer.node], offer.first_hour, end, devices)
            rows.append((place[1], ask + start, *merit, offer.offer, *place, ask))
    for number, link in enumerate(links):
        row = grounds.arcs[link.zone, link.city]
        price, end = link.price_micros_per_gbps_hour, _end(link, book.hours)
        place = (len(offers) + number, row, link.first_hour, end, link.gbps)
        merit = (0, 0, _arrived(link, link.link))
        rows.append((row, price, *merit, link.link, *place, price))
    rows.sort()
    table = np.array(rows, np.int64).reshape(-1, 12)
    return Parts(offers, links, *table[:, 6:].T.copy(), table[:, 1].copy())


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
    end = np.array([_end(offer, grounds.hours) for offer in parts.offers], np.int64)
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
        for ceiling, (pue, carbon) in enumerate(ceilings, 1):
            for seller, offer in enumerate(parts.offers):
                if closed is not None and closed[seller]:
                    continue
                if offer.pue_thousandths <= pue and offer.carbon_g_per_kwh <= carbon:
                    end = max(_end(offer, grounds.hours) - length + 1, offer.first_hour)
                    span = table[ceiling, number, grounds.codes[offer.node], offer.first_hour : end]
                    np.maximum(span, sum(n for _, n in offer.curve), out=span)
    return table
