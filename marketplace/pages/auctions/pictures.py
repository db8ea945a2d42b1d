"""Pictures of an auction: the two curves of a cell, and the heat map of prices."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from counter.charts import LineChart, Plot, line_chart, round_ticks
from counter.pictures import Cell, HeatRow, step_of
from counter.templatetags.figures import whole, yuan
from marketplace.domain.auctions.curves import Curves, Step
from marketplace.domain.auctions.price_map import PriceRow

MICROS_PER_FEN = 10_000


def curves_chart(curves: Curves, label: str) -> LineChart | None:
    """Return demand and supply as steps, the price and what was traded; None without both."""
    if not curves.supply or not curves.demand or curves.price_micros is None:
        return None
    # Demand that could lie elsewhere may be many times the supply: the crossing stays in sight.
    most = max(curves.offered * 3 // 2, curves.traded_devices, 1)
    demand, supply = _line(curves.demand, most), _line(curves.supply, most)
    price = curves.price_micros // MICROS_PER_FEN
    highest = max(height or 0 for _x, height in (*demand, *supply))
    right = max(x for x, _height in (*demand, *supply))
    traded = curves.traded_devices
    return line_chart(
        Plot(
            series=[demand, supply, [(0, price), (right, price)]],
            x_ticks=[(tick, whole(tick)) for tick in round_ticks(0, right) if tick <= right],
            y_ticks=[(tick, f"{tick // 100}.{tick % 100:02d}") for tick in round_ticks(0, highest)],
            label=label,
            marks=[(traded, _("%(devices)s traded") % {"devices": whole(traded)})],
            dots=[(traded, price, 1)],
            shapes=(("wide", 900, 340), ("narrow", 400, 240)),
        )
    )


def _line(steps: Sequence[Step], most: int) -> list[tuple[int, int | None]]:
    """Return the corners of a staircase, cut where the drawing ends."""
    points: list[tuple[int, int | None]] = []
    before = 0
    for step in steps:
        if before >= most:
            break
        height = step.price_micros // MICROS_PER_FEN
        points += [(before, height), (min(step.until, most), height)]
        before = step.until
    return points


def heat_rows(
    rows: Iterable[PriceRow], hours: range, address: str, chosen: tuple[int, int]
) -> list[HeatRow]:
    """Return the price map as heat: darker is dearer, the cheapest hour of each row is ringed."""
    rows = list(rows)
    prices = [price for row in rows for price in row.prices]
    low, high = min(prices, default=0), max(prices, default=0) + 1
    return [_heat_row(row, hours, address, chosen, (low, high)) for row in rows]


def _heat_row(
    row: PriceRow, hours: range, address: str, chosen: tuple[int, int], ends: tuple[int, int]
) -> HeatRow:
    cells = []
    for hour, cell in zip(hours, row.cells, strict=True):
        if cell.price_micros is None:
            cells.append(Cell("–", reason=_("nothing is offered")))
            continue
        cells.append(
            Cell(
                yuan(cell.price_micros),
                step_of(cell.price_micros, *ends),
                f"{address}&node={row.node}&hour={hour}#curves",
                best=cell.price_micros == row.low_micros,
                chosen=(row.node, hour) == chosen,
            )
        )
    return HeatRow(row.label, tuple(cells))
