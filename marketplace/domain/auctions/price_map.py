"""The price map: zone or node by hour, with the least, mean and greatest of each row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.verifying.book import Node
from exchange.verifying.case import Case


@dataclass(frozen=True)
class PriceCell:
    """A place in an hour: its price per device-hour, None where nothing is offered."""

    price_micros: int | None
    traded_devices: int = 0


@dataclass(frozen=True)
class PriceRow:
    """A row of the map. `node` is the number of the node that stands for it in links."""

    label: str
    node: int
    cells: tuple[PriceCell, ...]

    @property
    def prices(self) -> tuple[int, ...]:
        """Return the prices of the hours in which something is offered."""
        return tuple(cell.price_micros for cell in self.cells if cell.price_micros is not None)

    @property
    def mean_micros(self) -> int | None:
        """Return the mean by traded device-hours; of the plain prices where nothing is traded."""
        return _mean(self.cells)

    @property
    def low_micros(self) -> int | None:
        """Return the least price."""
        return min(self.prices, default=None)

    @property
    def high_micros(self) -> int | None:
        """Return the greatest price."""
        return max(self.prices, default=None)

    @property
    def traded_device_hours(self) -> int:
        """Return what is traded in all hours of the row."""
        return sum(cell.traded_devices for cell in self.cells)


def labels_of(nodes: Sequence[Node]) -> list[str]:
    """Return short names of nodes: zone and chip, numbered where several share them."""
    seen: dict[str, int] = defaultdict(int)
    labels = []
    for node in nodes:
        told = " ".join(part for part in (node.zone, node.chip) if part) or node.code
        if node.firmness not in ("", "FIRM"):
            told = f"{told} {node.firmness[:1]}"
        seen[told] += 1
        labels.append(told if seen[told] == 1 else f"{told} ({seen[told]})")
    return labels


def by_node(case: Case, hours: range) -> list[PriceRow]:
    """Return a row a node, in the book's order, over the hours asked for."""
    stands = case.markets.published.space.devices
    labels = labels_of(case.book.nodes)
    return [
        PriceRow(
            labels[at],
            at,
            tuple(
                PriceCell(int(case.outcome.prices[at, hour]), int(case.traded[at, hour]))
                if stands[at, hour]
                else PriceCell(None)
                for hour in hours
            ),
        )
        for at in range(len(case.book.nodes))
    ]


def by_zone(case: Case, hours: range) -> list[PriceRow]:
    """Return a row a zone: in each hour the mean of its nodes, by traded devices."""
    nodes: dict[str, list[PriceRow]] = defaultdict(list)
    for row in by_node(case, hours):
        nodes[case.book.nodes[row.node].zone].append(row)
    return [
        PriceRow(
            zone,
            max(rows, key=lambda row: row.traded_device_hours).node,
            tuple(
                PriceCell(_mean(column), sum(cell.traded_devices for cell in column))
                for column in zip(*(row.cells for row in rows), strict=True)
            ),
        )
        for zone, rows in sorted(nodes.items())
    ]


def _mean(cells: Sequence[PriceCell]) -> int | None:
    priced = [
        (cell.price_micros, cell.traded_devices) for cell in cells if cell.price_micros is not None
    ]
    if not priced:
        return None
    traded = sum(devices for _, devices in priced)
    if traded:
        return sum(price * devices for price, devices in priced) // traded
    return sum(price for price, _ in priced) // len(priced)
