"""The collar: what may rest at all (static band), and what may trade at once (references)."""

from typing import Final

from exchange.book.checks import BUY_RESTING_BP, SELL_RESTING_BP
from exchange.book.demand import Band, Bound, Demand
from exchange.book.events import Rejected
from exchange.book.state import State
from exchange.book.stock import Chip
from exchange.price import DEVICES
from exchange.units import BP, GFLOPS_PER_PFLOPS

# Of the reference price, in basis points: the least that an arriving sell takes.
SELL_NOW_BP: Final = 9_000


def outside(field: str, price_micros: int, bound_micros: int, chip: str) -> Rejected:
    """Return the refusal of a price beyond a bound."""
    facts = {"price_micros": price_micros, "bound_micros": bound_micros, "chip": chip}
    return Rejected(code="E-COLLAR-01", field=field, facts=facts)


def check_buy_band(state: State, demand: Demand, unit: str, limit_micros: int) -> Rejected | None:
    """Refuse a limit beyond the static band of every chip that it could buy."""
    if demand.band_of != state.banded:
        demand.band, demand.band_of = _band_of(state, demand), state.banded
    by_device, by_gflops = demand.band
    bound = by_device if unit == DEVICES else by_gflops
    if bound is None or limit_micros <= bound[0]:
        return None
    return outside("limit_micros", limit_micros, *bound)


def _band_of(state: State, demand: Demand) -> Band:
    narrowing = (demand.families, demand.chips, demand.stack, demand.zones, demand.memory)
    band = state.bands.get(narrowing)
    if band is None:
        band = state.bands[narrowing] = _new_band(state, demand)
    return band


def _new_band(state: State, demand: Demand) -> Band:
    """Return the highest limit per device-hour and per PFLOPS-hour, each with its chip."""
    codes = {sort[0] for sort in state.sorts if demand.narrows_to(sort)}
    by_device: list[Bound] = []
    by_gflops: list[Bound] = []
    for code in codes:
        chip = state.chips[code]
        if chip.price is not None:
            highest = chip.price * BUY_RESTING_BP
            by_device.append((highest // BP, code))
            by_gflops.append((highest * GFLOPS_PER_PFLOPS // (BP * chip.nominal), code))
    return max(by_device, default=None), max(by_gflops, default=None)


def check_sell_band(chip: Chip, ask_micros: int) -> Rejected | None:
    """Refuse an ask below the static band of its chip."""
    if chip.price is None or ask_micros * BP >= chip.price * SELL_RESTING_BP:
        return None
    return outside("ask_micros", ask_micros, chip.price * SELL_RESTING_BP // BP, chip.code)


def check_sold(chip: Chip, price_micros: int) -> Rejected | None:
    """Refuse an arriving sell that would trade too far below the reference."""
    if chip.price is None or price_micros * BP >= chip.price * SELL_NOW_BP:
        return None
    return outside("ask_micros", price_micros, chip.price * SELL_NOW_BP // BP, chip.code)
