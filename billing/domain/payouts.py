"""What a seller is to be paid: papers less damages less what was recorded before."""

from exchange.units import MICROS_PER_FEN


def payout_fen(
    *, billed_fen: int, fees_fen: int, damages_micros: int, recorded_fen: int, payable_micros: int
) -> int:
    """Return the next payout in whole fen, rounded down; never below nothing.

    Never more than the seller's payable has: what is not whole fen, and what later hours
    earned, stays there.
    """
    due_micros = (billed_fen - fees_fen - recorded_fen) * MICROS_PER_FEN - damages_micros
    return max(0, min(due_micros, payable_micros) // MICROS_PER_FEN)
