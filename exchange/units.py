"""Units of the market, decided once: micros, fen, ticks, GFLOPS, device-seconds."""

from typing import Final

MICROS_PER_YUAN: Final = 1_000_000
MICROS_PER_FEN: Final = 10_000
TICK_MICROS: Final = 10_000
GFLOPS_PER_PFLOPS: Final = 1_000_000
SECONDS_PER_HOUR: Final = 3_600
QUARTER_SECONDS: Final = 900
BP: Final = 10_000


def ceil_div(numerator: int, denominator: int) -> int:
    """Return the quotient of whole numbers, rounded up; the denominator is positive."""
    return -(-numerator // denominator)


def half_even_div(numerator: int, denominator: int) -> int:
    """Return the quotient of whole numbers, rounded half to even."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient
