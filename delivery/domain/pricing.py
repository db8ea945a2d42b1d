"""What an hour of a device costs the centre, and what is asked for it. Whole fen, rounded up."""

from collections.abc import Sequence

from exchange.units import BP, MICROS_PER_FEN, ceil_div

PUE_ONE = 1_000  # PUE is in thousandths
WATTS_PER_MEGAWATT = 1_000_000


def marginal_fen(power_w: int, pue_thousandths: int, fen_per_mwh: Sequence[int]) -> int:
    """Return the electricity of one device-hour, on average over hours with these tariffs.

    tariff × PUE × power, rounded up to a whole fen: an ask at this price never loses money.
    """
    cost = power_w * pue_thousandths * sum(fen_per_mwh)
    return ceil_div(cost, PUE_ONE * WATTS_PER_MEGAWATT * len(fen_per_mwh))


def ask_of(marginal_micros: int, *, markup_bp: int, floor_micros: int) -> int:
    """Return marginal cost and markup in micros, on the tick of a fen, never below the floor."""
    wanted = max(ceil_div(marginal_micros * (BP + markup_bp), BP), floor_micros)
    return ceil_div(wanted, MICROS_PER_FEN) * MICROS_PER_FEN
