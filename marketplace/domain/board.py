"""The market at a glance, from rows a pool: zones, provinces, the index. Whole numbers only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from exchange.units import BP, GFLOPS_PER_PFLOPS, half_even_div


@dataclass(frozen=True)
class PoolRow:
    """One active pool in the next 24 hours.

    `free_*` is what open listings still offer; `asked` is the sum of ask × device-hours
    and `free_gflop_hours` of GFLOPS × hours over them; `sold` is what is contracted.
    """

    zone_code: str
    zone_name: str
    zone_name_zh: str
    cluster: bool
    province: str
    site_id: int
    devices: int
    free_device_hours: int
    free_gflop_hours: int
    asked_micros: int
    sold_device_hours: int
    rtt_us: int | None

    @property
    def installed_device_hours(self) -> int:
        """Return the device-hours of a whole day."""
        return self.devices * 24


@dataclass(frozen=True)
class PlaceFigures:
    """What is offered in a zone, a province or the whole market."""

    code: str
    name: str
    name_zh: str
    cluster: bool
    sites: int
    devices: int
    free_device_hours: int
    price_micros: int | None  # per PFLOPS-hour, mean ask
    sold_bp: int  # of the installed device-hours
    rtt_us: int | None  # the nearest site's

    @property
    def free_devices(self) -> int:
        """Return how many devices are free on average over the 24 hours."""
        return self.free_device_hours // 24


def mean_ask(rows: Iterable[PoolRow]) -> int | None:
    """Return the mean ask per PFLOPS-hour, weighted by compute; none without offers."""
    asked = gflop_hours = 0
    for row in rows:
        asked += row.asked_micros
        gflop_hours += row.free_gflop_hours
    return half_even_div(asked * GFLOPS_PER_PFLOPS, gflop_hours) if gflop_hours else None


def figures_of(
    rows: list[PoolRow], code: str, name: str = "", name_zh: str = "", *, cluster: bool = False
) -> PlaceFigures:
    """Return the figures of the pools as one place."""
    installed = sum(row.installed_device_hours for row in rows)
    sold = sum(row.sold_device_hours for row in rows)
    known = [row.rtt_us for row in rows if row.rtt_us is not None]
    return PlaceFigures(
        code=code,
        name=name,
        name_zh=name_zh,
        cluster=cluster,
        sites=len({row.site_id for row in rows}),
        devices=sum(row.devices for row in rows),
        free_device_hours=sum(row.free_device_hours for row in rows),
        price_micros=mean_ask(rows),
        sold_bp=half_even_div(sold * BP, installed) if installed else 0,
        rtt_us=min(known, default=None),
    )


def grouped(rows: Iterable[PoolRow], key: Callable[[PoolRow], str]) -> dict[str, list[PoolRow]]:
    """Return the rows by a key, keys in order."""
    groups: dict[str, list[PoolRow]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return dict(sorted(groups.items()))


def clusters_of(rows: list[PoolRow]) -> list[PlaceFigures]:
    """Return the national clusters, cheapest first, those without offers last."""
    found = [
        figures_of(group, code, group[0].zone_name, group[0].zone_name_zh, cluster=True)
        for code, group in grouped(rows, lambda row: row.zone_code).items()
        if group[0].cluster
    ]
    return sorted(found, key=lambda zone: (zone.price_micros is None, zone.price_micros or 0))


def provinces_of(rows: list[PoolRow]) -> dict[str, PlaceFigures]:
    """Return the figures by province code."""
    return {
        code: figures_of(group, code, cluster=any(row.cluster for row in group))
        for code, group in grouped(rows, lambda row: row.province).items()
    }


def others_of(rows: list[PoolRow]) -> PlaceFigures:
    """Return everything outside the national clusters."""
    return figures_of([row for row in rows if not row.cluster], "others")


@dataclass(frozen=True)
class Paid:
    """What was paid in a zone: in the last 24 hours (`today`) or in the 24 before."""

    zone_code: str
    today: bool
    value_micros: int
    gflop_hours: int


@dataclass(frozen=True)
class Movement:
    """The mean price paid per PFLOPS-hour, and its change to the day before."""

    price_micros: int | None
    change_bp: int | None


def movement_of(rows: Iterable[Paid]) -> Movement:
    """Return today's mean price and its change; none where there was no trade."""
    means = {}
    held = list(rows)
    for today in (True, False):
        value = sum(row.value_micros for row in held if row.today is today)
        gflop_hours = sum(row.gflop_hours for row in held if row.today is today)
        means[today] = (
            half_even_div(value * GFLOPS_PER_PFLOPS, gflop_hours) if gflop_hours else None
        )
    now, before = means[True], means[False]
    change = half_even_div((now - before) * BP, before) if now and before else None
    return Movement(now, change)


@dataclass(frozen=True)
class Level:
    """One price of the order book: compute that waits there, in GFLOPS."""

    price_micros: int
    gflops: int


def step_for(ordered: Sequence[tuple[int, int]], *, most: int) -> int:
    """Return the finest step that lets the best quarter of ordered levels be seen in `most`.

    So few prices that all of them can be seen are left as they are.
    """
    if len({price for price, _size in ordered}) <= most:
        return _STEPS[0]
    reach = abs(ordered[min(len(ordered) - 1, len(ordered) // 4 + most)][0] - ordered[0][0])
    return next((s for s in _STEPS if s * most >= reach), _STEPS[-1])


def levels_of(
    rows: Iterable[tuple[int, int]], *, most: int, dearest_first: bool
) -> tuple[Level, ...]:
    """Return at most `most` levels from (price per PFLOPS-hour, GFLOPS), best first.

    Prices are put together in the finest steps that let the best quarter of the book be seen.
    """
    ordered = sorted(rows, reverse=dearest_first)
    step = step_for(ordered, most=most)
    totals: dict[int, int] = {}
    for price, gflops in ordered:
        bucket = price // step * step if dearest_first else -(-price // step) * step
        totals[bucket] = totals.get(bucket, 0) + gflops
    found = [Level(price, gflops) for price, gflops in totals.items()]
    return tuple(found[:most])


_STEPS = tuple(n * 10_000 for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000))
