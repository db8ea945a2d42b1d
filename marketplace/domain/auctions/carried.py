"""Which link carries for whose devices: an order's Gbit/s shared out among those who serve it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange.sharing import share_out

Json = dict[str, Any]
# A lot (by its place among those that serve the order) and the number of a link.
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Gbit/s of one link for the devices of one lot in consecutive hours of one price."""

    lot: int
    link: int
    first_hour: int
    hours: int
    gbps: int
    price_micros_per_gbps_hour: int
    gb: int = 0


def pieces_of(
    sold_by: Sequence[Json], carried_by: Sequence[Json], prices_micros: Sequence[int]
) -> list[Piece]:
    """Return who carries how much for each lot, cut where lot, link, Gbit/s or price changes.

    `sold_by` and `carried_by` are an accepted order's, `prices_micros` its arc's by hour. In
    each hour the lots share the Gbit/s in proportion to their devices, in whole Gbit/s by
    largest remainder, and take them of the links in the order in which these are given.
    """
    by_hour = {hour: _paired(sold_by, carried_by, hour) for hour in _hours_of(carried_by)}
    pieces: list[Piece] = []
    for lot, link in sorted({pair for pairs in by_hour.values() for pair in pairs}):
        gbps = {hour: pairs[lot, link] for hour, pairs in by_hour.items() if (lot, link) in pairs}
        pieces += _runs(lot, link, gbps, prices_micros)
    return sorted(pieces, key=lambda one: (one.lot, one.first_hour, one.link))


def _hours_of(rows: Iterable[Json]) -> list[int]:
    return sorted({hour for row in rows for hour in _within(row)})


def _within(row: Json) -> range:
    return range(row["first_hour"], row["first_hour"] + row["hours"])


def _paired(sold_by: Sequence[Json], carried_by: Sequence[Json], hour: int) -> dict[Pair, int]:
    lots = [at for at, row in enumerate(sold_by) if hour in _within(row)]
    carriers = [[row["link"], row["gbps"]] for row in carried_by if hour in _within(row)]
    wanted = sum(gbps for _, gbps in carriers)
    pairs: dict[Pair, int] = {}
    for lot, share in zip(
        lots, share_out(wanted, [sold_by[at]["devices"] for at in lots]), strict=True
    ):
        while share:
            link, left = carriers[0]
            taken = min(share, left)
            pairs[lot, link] = pairs.get((lot, link), 0) + taken
            share -= taken
            carriers[0][1] -= taken
            if not carriers[0][1]:
                carriers.pop(0)
    return pairs


def _runs(
    lot: int, link: int, gbps: Mapping[int, int], prices_micros: Sequence[int]
) -> list[Piece]:
    runs: list[Piece] = []
    for hour in sorted(gbps):
        last = runs[-1] if runs else None
        same = last is not None and (
            last.first_hour + last.hours,
            last.gbps,
            last.price_micros_per_gbps_hour,
        ) == (hour, gbps[hour], prices_micros[hour])
        hours = 1
        if last is not None and same:
            runs.pop()
            hours += last.hours
        runs.append(
            Piece(
                lot=lot,
                link=link,
                first_hour=hour + 1 - hours,
                hours=hours,
                gbps=gbps[hour],
                price_micros_per_gbps_hour=prices_micros[hour],
            )
        )
    return runs


def mover(rows: Sequence[Json], hour: int) -> Json:
    """Return the arc's link that moves the data of an order without Gbit/s, begun in `hour`.

    The first in order of price per GB, arrival and number, of those that stand in that hour;
    where none does, of all.
    """
    standing = [row for row in rows if hour in _within(row)] or list(rows)
    return min(standing, key=lambda row: (row["price_micros_per_gb"], row["arrival"], row["link"]))
