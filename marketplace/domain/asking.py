"""What a request's price map says: the best start, what waiting saves, how many starts fit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.units import BP, TICK_MICROS, ceil_div, half_even_div

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Start:
    """A start that is possible, with its price per PFLOPS-hour."""

    starts_at: datetime
    price_micros: int


@dataclass(frozen=True)
class Saving:
    """What a wider choice of starts brings: the best price, and how far below starting now."""

    code: str  # NOW, DAY, WINDOW
    price_micros: int
    below_bp: int


def best_of(starts: Iterable[Start]) -> Start | None:
    """Return the cheapest start, the earliest of equals; none without any."""
    return min(starts, key=lambda start: (start.price_micros, start.starts_at), default=None)


def savings_of(starts: list[Start]) -> list[Saving]:
    """Return the price of the first start, of the first 24 hours and of the whole window."""
    if not starts:
        return []
    first = min(starts, key=lambda start: start.starts_at)
    soon = [start for start in starts if start.starts_at < first.starts_at + DAY]
    rows = []
    for code, choice in (("NOW", [first]), ("DAY", soon), ("WINDOW", starts)):
        price = min(start.price_micros for start in choice)
        below = half_even_div((first.price_micros - price) * BP, first.price_micros)
        rows.append(Saving(code, price, below))
    return rows


def up_to_tick(price_micros: int) -> int:
    """Return the lowest tick that is not below the price: a limit that pays it."""
    return ceil_div(price_micros, TICK_MICROS) * TICK_MICROS
