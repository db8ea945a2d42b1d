"""Depth: what rests on both sides, by price per PFLOPS-hour. Never a member's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exchange.grade import grade_of
from exchange.price import DEVICES, per_pflops_hour
from exchange.window import hour_number
from marketplace.domain.checks import first_open_hour
from marketplace.models import ChipModel, Order
from marketplace.queries.offers import ANY_ASK, open_listings
from marketplace.queries.places import PoolView, pool_views
from marketplace.queries.resting import OPEN_STATES
from marketplace.queries.standing import gate_minutes

MOST_LEVELS = 40
HORIZON_HOURS = 24 * 400


@dataclass(frozen=True)
class Level:
    """What rests at one price: GFLOPS-hours and device-hours here and up to here."""

    price_micros_per_pflops_hour: int
    gflops_hours: int
    device_hours: int
    cumulative_gflops_hours: int


@dataclass(frozen=True)
class Depth:
    """Sells from the cheapest up, buys from the highest down."""

    sells: tuple[Level, ...]
    buys: tuple[Level, ...]

    @property
    def best_ask_micros(self) -> int | None:
        """Return the cheapest sell per PFLOPS-hour."""
        return self.sells[0].price_micros_per_pflops_hour if self.sells else None

    @property
    def best_bid_micros(self) -> int | None:
        """Return the highest buy per PFLOPS-hour."""
        return self.buys[0].price_micros_per_pflops_hour if self.buys else None


# Price per PFLOPS-hour, GFLOPS-hours, device-hours.
Resting = tuple[int, int, int]


def view_grade(view: PoolView) -> str:
    """Return the grade of a pool."""
    return grade_of(
        stack=view.stack,
        memory_gb=view.memory_gb,
        scale_up_gbs=view.scale_up_gbs,
        scale_out_gbps=view.scale_out_gbps,
    )


def depth_of(*, now: datetime, grade: str = "", chip_code: str = "", zone_code: str = "") -> Depth:
    """Return the levels of a grade, chip model or zone (or of the market, if none is named)."""
    views = {
        view.pool_id: view
        for view in pool_views([(None, "TRAINING")], now=now)
        if (grade or chip_code or view.family != "cpu")  # FP16 and FP32 are never added
        and (not grade or view_grade(view) == grade)
        and (not chip_code or view.chip_code == chip_code)
        and (not zone_code or view.zone_code == zone_code)
    }
    return Depth(
        sells=_levels(_sells(views, now), highest_first=False),
        buys=_levels(_buys(views, zone_code, now), highest_first=True),
    )


def _sells(views: dict[int, PoolView], now: datetime) -> list[Resting]:
    first = hour_number(first_open_hour(now, gate_minutes(now)))
    rests = []
    asks = dict.fromkeys(views, ANY_ASK)
    for row in open_listings(asks, first_hour=first, last_hour=first + HORIZON_HOURS):
        gflops = views[row.pool_id].gflops_per_device
        device_hours = sum(row.free[max(first - row.first_hour, 0) :])
        if device_hours:
            price = per_pflops_hour(row.ask_micros, gflops)
            rests.append((price, device_hours * gflops, device_hours))
    return rests


def _buys(views: dict[int, PoolView], zone_code: str, now: datetime) -> list[Resting]:
    chips = {view.chip_code: view.gflops_per_device for view in views.values()}
    if not chips:
        return []
    kinds = {chip.code: chip for chip in ChipModel.objects.filter(code__in=chips)}
    rests = []
    for order in Order.objects.filter(state__in=OPEN_STATES, latest__gt=now):
        if zone_code and order.zones_allowed and zone_code not in order.zones_allowed:
            continue
        fitting = [chips[code] for code, chip in kinds.items() if _suits(order, chip)]
        if fitting:
            rests.append(_buy(order, max(fitting)))
    return rests


def _suits(order: Order, chip: ChipModel) -> bool:
    return (
        (not order.chips_allowed or chip.code in order.chips_allowed)
        and (not order.families_allowed or chip.family in order.families_allowed)
        and chip.family not in order.families_excluded
        and (not order.stack or chip.stack == order.stack)
        and chip.memory_gb >= order.min_memory_gb
    )


def _buy(order: Order, gflops: int) -> Resting:
    """An order in devices counts with the strongest chip that it takes: its lowest price."""
    left = order.amount - order.filled
    if order.unit == DEVICES:
        price = per_pflops_hour(order.limit_micros, gflops)
        return price, left * gflops * order.hours, left * order.hours
    return order.limit_micros, left * order.hours, -(-left // gflops) * order.hours


def _levels(rests: Iterable[Resting], *, highest_first: bool) -> tuple[Level, ...]:
    by_price: dict[int, tuple[int, int]] = {}
    for price, gflops_hours, device_hours in rests:
        before = by_price.get(price, (0, 0))
        by_price[price] = (before[0] + gflops_hours, before[1] + device_hours)
    levels: list[Level] = []
    total = 0
    for price in sorted(by_price, reverse=highest_first)[:MOST_LEVELS]:
        gflops_hours, device_hours = by_price[price]
        total += gflops_hours
        levels.append(Level(price, gflops_hours, device_hours, total))
    return tuple(levels)
