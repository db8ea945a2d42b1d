"""What any command of a member is checked for: messages, standing, halts, limits, funds."""

from typing import Final

from exchange.book.commands import Limit
from exchange.book.demand import FIRMNESS
from exchange.book.events import Rejected
from exchange.book.rows import Listing, Order
from exchange.book.seats import ADMITTED, Seat
from exchange.book.state import State
from exchange.price import DEVICES, PFLOPS
from exchange.units import SECONDS_PER_HOUR, TICK_MICROS

CANCEL_NEWEST: Final = "CANCEL_NEWEST"
CANCEL_OLDEST: Final = "CANCEL_OLDEST"
DECREMENT: Final = "DECREMENT"
MODES: Final = frozenset({CANCEL_NEWEST, CANCEL_OLDEST, DECREMENT})
UNITS: Final = frozenset({DEVICES, PFLOPS})
# Times in force, and whether they name an instant of expiry.
TIMES_IN_FORCE: Final = {
    "GTC": False,
    "GTD": True,
    "DAY": True,
    "IOC": False,
    "FOK": False,
    "GFA": False,
}
# Of the reference price, in basis points: beyond that nothing may even rest.
BUY_RESTING_BP: Final = 50_000
SELL_RESTING_BP: Final = 2_000


def too_many(limit: Limit | None, count: int) -> bool:
    """Tell whether so many messages in one second are more than the limit lets through."""
    if limit is None:
        return False
    most = limit.most_messages
    return most is not None and count > most


def check_messages(state: State, seat: Seat | None, count: int) -> Rejected | None:
    """Refuse a message when there are too many in this second."""
    limit = state.everyone if seat is None else seat.most
    if limit is None or not too_many(limit, count):
        return None
    return Rejected(code="E-LIMIT-04", facts={"most_messages": limit.most_messages})


def check_standing(seat: Seat | None, capability: str) -> Rejected | None:
    """Refuse who is unknown, not admitted, or not admitted to this side."""
    if seat is None or not seat.known:
        return Rejected(code="E-NOT-FOUND", field="member")
    if seat.state != ADMITTED:
        return Rejected(code="E-MEMBER-01", facts={"state": seat.state})
    if capability not in seat.capabilities:
        return Rejected(code="E-MEMBER-02", facts={"capability": capability})
    return None


def check_halts(state: State, seat: Seat) -> Rejected | None:
    """Refuse while the market or the member is halted."""
    if state.market_halt is not None:
        return halted("MARKET", state.market_halt)
    if seat.halt is not None:
        return halted("MEMBER", seat.halt)
    return None


def halted(scope: str, reason: str) -> Rejected:
    """Return the refusal for the time of a halt."""
    return Rejected(code="E-HALT-01", facts={"scope": scope, "reason": reason})


def unknown_word(field: str, word: object) -> Rejected:
    """Return the refusal of a word that the field does not know."""
    return Rejected(code="E-CHOICE-01", field=field, facts={"value": word})


def off_tick(field: str, price_micros: int | None) -> Rejected | None:
    """Refuse a price between two ticks."""
    if price_micros is None or price_micros % TICK_MICROS == 0:
        return None
    return Rejected(code="E-PRICE-01", field=field, facts={"price_micros": price_micros})


def check_buy_form(state: State, order: Order) -> Rejected | None:
    """Refuse a buy that contradicts itself or the time, whatever the market is like."""
    last_start = order.end - order.hours
    if (
        last_start >= order.first
        and last_start >= state.first_open
        and order.end * SECONDS_PER_HOUR > state.now
        and order.unit in UNITS
        and order.expires is None
        and TIMES_IN_FORCE.get(order.tif) is False
        and order.demand.words_known
        and order.mode in MODES
        and order.limit % TICK_MICROS == 0
        and order.least == 1
        and not order.barred
    ):
        return None
    return _check_words(order) or _check_figures(state, order) or _check_buy_times(state, order)


def check_link_form(order: Order) -> Rejected | None:
    """Refuse a link without a city, and one for lots: a link serves one site."""
    field = "link_gbps" if order.demand.gbps else "move_gb"
    if not order.demand.city:
        return Rejected(code="E-CONFLICT-01", field=field, facts={"other": "city"})
    if order.splittable:
        return Rejected(code="E-CONFLICT-01", field=field, facts={"other": "splittable"})
    return None


def _check_words(order: Order) -> Rejected | None:
    if order.unit not in UNITS:
        return unknown_word("unit", order.unit)
    if order.tif not in TIMES_IN_FORCE:
        return unknown_word("time_in_force", order.tif)
    if not order.demand.words_known:
        return unknown_word("firmness", list(order.demand.firmness))
    if order.mode not in MODES:
        return unknown_word("self_trade", order.mode)
    return None


def _check_figures(state: State, order: Order) -> Rejected | None:
    if refused := off_tick("limit_micros", order.limit):
        return refused
    if TIMES_IN_FORCE[order.tif] != (order.expires is not None):
        return Rejected(code="E-EXPIRY-01", field="expires_s")
    if order.expires is not None and order.expires <= state.now:
        return Rejected(code="E-EXPIRY-01", field="expires_s")
    if order.least != 1 and not order.splittable:
        return Rejected(
            code="E-CONFLICT-01", field="min_lot_devices", facts={"other": "splittable"}
        )
    if order.barred:
        return _check_barred(order)
    return None


def _check_barred(order: Order) -> Rejected | None:
    """Refuse to pass members by where an order may wait, or take more than one thing."""
    for other, wrong in (
        ("time_in_force", order.tif != "FOK"),
        ("splittable", order.splittable),
        ("link_gbps", order.demand.linked),
    ):
        if wrong:
            return Rejected(code="E-CONFLICT-01", field="not_from", facts={"other": other})
    return None


def _check_buy_times(state: State, order: Order) -> Rejected | None:
    """Refuse a window that has passed, is too short, or whose last start has closed."""
    last_start = order.end - order.hours
    if order.end * SECONDS_PER_HOUR <= state.now:
        return Rejected(code="E-WINDOW-02", field="last_hour")
    if last_start < order.first:
        return Rejected(code="E-WINDOW-03", field="hours", facts={"hours": order.hours})
    if last_start < state.first_open:
        return Rejected(code="E-GATE-01", field="last_hour", facts={"first": state.first_open})
    return None


def check_sell_form(state: State, listing: Listing, firmness: str) -> Rejected | None:
    """Refuse a listing that contradicts itself or the time, whatever the market is like."""
    if (
        listing.first >= state.first_open
        and listing.end * SECONDS_PER_HOUR > state.now
        and firmness in FIRMNESS
        and listing.mode in MODES
        and listing.ask % TICK_MICROS == 0
        and listing.min_devices <= listing.devices
        and listing.min_hours <= listing.hours
    ):
        return None
    return _check_sell_words(listing, firmness) or _wrong_hours(state, listing)


def _check_sell_words(listing: Listing, firmness: str) -> Rejected | None:
    if firmness not in FIRMNESS:
        return unknown_word("firmness", firmness)
    if listing.mode not in MODES:
        return unknown_word("self_trade", listing.mode)
    if refused := off_tick("ask_micros", listing.ask):
        return refused
    if listing.min_devices > listing.devices:
        return Rejected(code="E-RANGE-01", field="min_devices", facts={"highest": listing.devices})
    if listing.min_hours > listing.hours:
        return Rejected(code="E-RANGE-01", field="min_hours", facts={"highest": listing.hours})
    return None


def _wrong_hours(state: State, listing: Listing) -> Rejected:
    """Return the refusal of a window that has passed, or whose first hour has closed."""
    if listing.end * SECONDS_PER_HOUR <= state.now:
        return Rejected(code="E-WINDOW-02", field="hours")
    return Rejected(code="E-GATE-01", field="first_hour", facts={"first": state.first_open})


def check_size(
    limit: Limit | None, *, micros: int, devices: int, fields: tuple[str, str]
) -> Rejected | None:
    """Refuse what is larger than one order of this member may be (fat finger)."""
    if limit is None:
        return None
    most = limit.most_order_micros
    if most is not None and micros > most:
        return Rejected(code="E-LIMIT-01", field=fields[0], facts={"most_micros": most})
    most = limit.most_order_devices
    if most is not None and devices > most:
        return Rejected(code="E-LIMIT-02", field=fields[1], facts={"most_devices": most})
    return None


def check_position(limit: Limit | None, open_micros: int) -> Rejected | None:
    """Refuse what would bring the open holds of the member above its limit."""
    if limit is None or limit.most_open_micros is None or open_micros <= limit.most_open_micros:
        return None
    return Rejected(
        code="E-LIMIT-03",
        field="limit_micros",
        facts={"open_micros": open_micros, "most_micros": limit.most_open_micros},
    )


def check_funds(seat: Seat, wanted_micros: int) -> Rejected | None:
    """Refuse a hold that the member has not available."""
    if wanted_micros <= seat.available:
        return None
    return Rejected(
        code="E-FUNDS-01",
        field="limit_micros",
        facts={"wanted_micros": wanted_micros, "available_micros": seat.available},
    )
