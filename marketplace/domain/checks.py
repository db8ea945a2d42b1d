"""Static checks of an order or listing: what can be told without looking at the book."""

from datetime import datetime, timedelta
from functools import lru_cache

from exchange.price import DEVICES, PFLOPS
from exchange.units import TICK_MICROS
from exchange.window import floor_hour, hour_from, hour_number
from marketplace.domain.order_request import OrderRequest
from marketplace.domain.refusals import (
    BadClientId,
    BudgetTooSmall,
    Contradiction,
    CrossedLimit,
    ExpiryWrong,
    GateClosed,
    NotYetTraded,
    OffTick,
    OutOfRange,
    UnknownChoice,
    ValueTooLarge,
    WindowPast,
    WindowTooFar,
    WindowTooShort,
)

UNITS = (DEVICES, PFLOPS)
TIMES_IN_FORCE = ("GTC", "GTD", "DAY", "IOC", "FOK")
FIRMNESS = ("FIRM", "RECALLABLE", "SURPLUS")
SELF_TRADES = ("CANCEL_NEWEST", "CANCEL_OLDEST", "DECREMENT")
WORKLOAD_CLASSES = ("TRAINING", "INFERENCE", "HPC")
STACKS = ("CUDA", "CANN", "ROCM", "DTK", "CPU")
HORIZON_DAYS = 400
MOST_HOURS = 24 * HORIZON_DAYS
MOST_DEVICES = 1_000_000
MOST_GFLOPS = 10**12
MOST_PRICE_MICROS = 10**12 - 1
MOST_BUDGET_MICROS = 10**14
LONGEST_CLIENT_ID = 64

_RANGES = (
    ("hours", 1, MOST_HOURS),
    ("limit_micros", 1, MOST_PRICE_MICROS),
    ("min_memory_gb", 0, 100_000),
    ("min_scale_up_gbs", 0, 1_000_000),
    ("min_scale_out_gbps", 0, 1_000_000),
    ("max_rtt_us", 0, 10_000_000),
    ("link_gbps", 0, 1_000_000),
    ("move_gb", 0, 1_000_000_000),
    ("max_pue_thousandths", 1_000, 10_000),
    ("max_carbon_g_per_kwh", 0, 10_000),
    ("min_lot_devices", 1, MOST_DEVICES),
)


def check_range(field: str, value: int | None, lowest: int, highest: int) -> None:
    """Refuse a number outside its bounds with OutOfRange; None is no number."""
    if value is not None and not lowest <= value <= highest:
        raise OutOfRange(field=field, lowest=lowest, highest=highest)


def check_choice(field: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a word that the field does not know with UnknownChoice."""
    if value not in known:
        raise UnknownChoice(field=field, value=value, known=", ".join(known))


def check_price(field: str, price_micros: int) -> None:
    """Refuse a price out of bounds or between two ticks."""
    check_range(field, price_micros, 1, MOST_PRICE_MICROS)
    if price_micros % TICK_MICROS:
        raise OffTick(field=field, price_micros=price_micros)


@lru_cache(maxsize=100)
def first_open_hour(now: datetime, gate_minutes: int) -> datetime:
    """Return the first hour that the continuous market still trades at `now`."""
    return floor_hour(now + timedelta(minutes=gate_minutes)) + timedelta(hours=1)


def check_horizon(field: str, ends_at: datetime, *, now: datetime) -> None:
    """Refuse a window that ends beyond the market's horizon with WindowTooFar."""
    if ends_at > _horizon(now):
        raise WindowTooFar(field=field, days=HORIZON_DAYS, ends_at=ends_at.isoformat())


@lru_cache(maxsize=100)
def _horizon(now: datetime) -> datetime:
    return now + timedelta(days=HORIZON_DAYS)


# How the exchange names what auctions sold and substitutes: nobody else may, or it could not.
OF_AUCTIONS, SUBSTITUTES = "auction:", "substitute:"
OURS = (OF_AUCTIONS, SUBSTITUTES)


def check_client_id(own_id: str, field: str = "client_order_id") -> None:
    """Refuse a sender's own id that is empty, too long, not printable, or the exchange's own."""
    if (
        not 0 < len(own_id) <= LONGEST_CLIENT_ID
        or not own_id.isprintable()
        or own_id.startswith(OURS)
    ):
        raise BadClientId(field=field)


def check_request(request: OrderRequest) -> None:
    """Refuse an order that is wrong whatever the time and the catalogue."""
    check_choice("unit", request.unit, UNITS)
    if request.limit_unit and request.limit_unit != request.unit:
        raise CrossedLimit(unit=request.unit, limit_unit=request.limit_unit)
    most = MOST_DEVICES if request.unit == DEVICES else MOST_GFLOPS
    check_range("amount", request.amount, 1, most)
    for field, lowest, highest in _RANGES:
        value = getattr(request, field)
        # Asked here for the time that ten calls would take.
        if value is not None and not lowest <= value <= highest:
            raise OutOfRange(field=field, lowest=lowest, highest=highest)
    check_price("limit_micros", request.limit_micros)
    _check_budget(request.budget_micros)
    if request.hold_micros(vat_bp=0) > MOST_BUDGET_MICROS:
        raise ValueTooLarge(highest_micros=MOST_BUDGET_MICROS)
    _check_words(request)
    _check_contradictions(request)


def check_changes(
    *, amount: int | None, limit_micros: int | None, budget_micros: int | None
) -> None:
    """Refuse figures of a replacement that are wrong whatever the order."""
    check_range("amount", amount, 1, MOST_GFLOPS)
    if limit_micros is not None:
        check_price("limit_micros", limit_micros)
    _check_budget(budget_micros)


def _check_words(request: OrderRequest) -> None:
    if request.time_in_force == "GFA":
        raise NotYetTraded
    check_choice("time_in_force", request.time_in_force, TIMES_IN_FORCE)
    check_choice("workload_class", request.workload_class, WORKLOAD_CLASSES)
    check_choice("self_trade", request.self_trade, SELF_TRADES)
    if request.stack:
        check_choice("stack", request.stack, STACKS)
    if not request.firmness:
        raise UnknownChoice(field="firmness", value="", known=", ".join(FIRMNESS))
    for word in request.firmness:
        check_choice("firmness", word, FIRMNESS)


def _check_contradictions(request: OrderRequest) -> None:
    both = set(request.families_allowed) & set(request.families_excluded)
    if both:
        raise Contradiction(field="families_excluded", other="families_allowed")
    if request.city is None and request.max_rtt_us is not None:
        raise Contradiction(field="max_rtt_us", other="city")
    check_link(request)
    if not request.splittable and request.min_lot_devices != 1:
        raise Contradiction(field="min_lot_devices", other="splittable")
    if request.unit == DEVICES and request.min_lot_devices > request.amount:
        raise Contradiction(field="min_lot_devices", other="amount")


def check_link(request: OrderRequest) -> None:
    """Refuse a link without a city, and one for an order in lots: a link serves one site."""
    for field in ("link_gbps", "move_gb"):
        if getattr(request, field) and request.city is None:
            raise Contradiction(field=field, other="city")
        if getattr(request, field) and request.splittable:
            raise Contradiction(field=field, other="splittable")


def _check_budget(budget_micros: int | None) -> None:
    if budget_micros is None:
        return
    if budget_micros <= 0:
        raise BudgetTooSmall(budget_micros=budget_micros)
    check_range("budget_micros", budget_micros, 1, MOST_BUDGET_MICROS)


def check_times(request: OrderRequest, *, now: datetime, gate_minutes: int) -> None:
    """Refuse a window that is past, closed, too short or too far, and a wrong expiry."""
    if request.latest <= now:
        raise WindowPast(ends_at=request.latest.isoformat())
    check_horizon("latest", request.latest, now=now)
    end = hour_number(request.latest)
    if hour_from(request.earliest) + request.hours > end:
        raise WindowTooShort(
            hours=request.hours,
            earliest=request.earliest.isoformat(),
            latest=request.latest.isoformat(),
        )
    first = first_open_hour(now, gate_minutes)
    if hour_number(first) + request.hours > end:
        raise GateClosed(minutes=gate_minutes, first=first.isoformat())
    dated = request.time_in_force == "GTD"
    if dated != (request.expires_at is not None) or (
        request.expires_at is not None and request.expires_at <= now
    ):
        raise ExpiryWrong
