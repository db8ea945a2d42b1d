"""What any command of a member is checked for: messages, standing, halts, limits, funds."""

from exchange.book.commands import Buy, Limit, Sell
from exchange.book.demand import FIRMNESS
from exchange.book.events import Rejected
from exchange.book.rows import ADMITTED, Seat
from exchange.book.state import State
from exchange.price import DEVICES, PFLOPS
from exchange.units import SECONDS_PER_HOUR, TICK_MICROS

CANCEL_NEWEST, CANCEL_OLDEST, DECREMENT = "CANCEL_NEWEST", "CANCEL_OLDEST", "DECREMENT"
MODES = frozenset({CANCEL_NEWEST, CANCEL_OLDEST, DECREMENT})
UNITS = frozenset({DEVICES, PFLOPS})
# Times in force, and whether they name an instant of expiry.
TIMES_IN_FORCE = {
    "GTC": False,
    "GTD": True,
    "DAY": True,
    "IOC": False,
    "FOK": False,
    "GFA": False,
}
# Of the reference price, in basis points: beyond that nothing may even rest.
BUY_RESTING_BP = 50_000
SELL_RESTING_BP = 2_000


def check_messages(state: State, seat: Seat | None, count: int) -> Rejected | None:
    """Refuse a message when there are too many in this second."""
    limit = state.everyone if seat is None else seat.most
    if limit is None or limit.most_messages is None or count <= limit.most_messages:
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


def check_buy_form(state: State, said: Buy, *, words_known: bool) -> Rejected | None:
    """Refuse a buy that contradicts itself or the time, whatever the market is like."""
    last_start = said.last_hour - said.hours
    if (
        last_start >= said.first_hour
        and last_start >= state.first_open
        and said.last_hour * SECONDS_PER_HOUR > state.now
        and said.unit in UNITS
        and said.expires_s is None
        and TIMES_IN_FORCE.get(said.time_in_force) is False
        and words_known
        and said.self_trade in MODES
        and said.limit_micros % TICK_MICROS == 0
        and said.min_lot_devices == 1
    ):
        return None
    return (
        _check_words(said, words_known=words_known)
        or _check_figures(state, said)
        or _check_buy_times(state, said)
    )


def _check_words(said: Buy, *, words_known: bool) -> Rejected | None:
    if said.unit not in UNITS:
        return unknown_word("unit", said.unit)
    if said.time_in_force not in TIMES_IN_FORCE:
        return unknown_word("time_in_force", said.time_in_force)
    if not words_known:
        return unknown_word("firmness", list(said.requires.firmness))
    if said.self_trade not in MODES:
        return unknown_word("self_trade", said.self_trade)
    return None


def _check_figures(state: State, said: Buy) -> Rejected | None:
    if refused := off_tick("limit_micros", said.limit_micros):
        return refused
    if TIMES_IN_FORCE[said.time_in_force] != (said.expires_s is not None):
        return Rejected(code="E-EXPIRY-01", field="expires_s")
    if said.expires_s is not None and said.expires_s <= state.now:
        return Rejected(code="E-EXPIRY-01", field="expires_s")
    if said.min_lot_devices != 1 and not said.splittable:
        return Rejected(
            code="E-CONFLICT-01", field="min_lot_devices", facts={"other": "splittable"}
        )
    return None


def _check_buy_times(state: State, said: Buy) -> Rejected | None:
    """Refuse a window that has passed, is too short, or whose last start has closed."""
    last_start = said.last_hour - said.hours
    if said.last_hour * SECONDS_PER_HOUR <= state.now:
        return Rejected(code="E-WINDOW-02", field="last_hour")
    if last_start < said.first_hour:
        return Rejected(code="E-WINDOW-03", field="hours", facts={"hours": said.hours})
    if last_start < state.first_open:
        return Rejected(code="E-GATE-01", field="last_hour", facts={"first": state.first_open})
    return None


def check_sell_form(state: State, said: Sell) -> Rejected | None:
    """Refuse a listing that contradicts itself or the time, whatever the market is like."""
    if (
        said.first_hour >= state.first_open
        and (said.first_hour + said.hours) * SECONDS_PER_HOUR > state.now
        and said.firmness in FIRMNESS
        and said.self_trade in MODES
        and said.ask_micros % TICK_MICROS == 0
        and said.min_devices <= said.devices
        and said.min_hours <= said.hours
    ):
        return None
    return _check_sell_words(said) or _wrong_hours(state, said)


def _check_sell_words(said: Sell) -> Rejected | None:
    if said.firmness not in FIRMNESS:
        return unknown_word("firmness", said.firmness)
    if said.self_trade not in MODES:
        return unknown_word("self_trade", said.self_trade)
    if refused := off_tick("ask_micros", said.ask_micros):
        return refused
    if said.min_devices > said.devices:
        return Rejected(code="E-RANGE-01", field="min_devices", facts={"highest": said.devices})
    if said.min_hours > said.hours:
        return Rejected(code="E-RANGE-01", field="min_hours", facts={"highest": said.hours})
    return None


def _wrong_hours(state: State, said: Sell) -> Rejected:
    """Return the refusal of a window that has passed, or whose first hour has closed."""
    if (said.first_hour + said.hours) * SECONDS_PER_HOUR <= state.now:
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
