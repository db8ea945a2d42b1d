"""Divide a whole without losing a crumb."""

from collections.abc import Sequence


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` in proportion to whole weights, by largest remainder.

    The parts sum to the total exactly; ties go to the earlier part. Raises
    ValueError when a weight is negative or all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        msg = "weights must not be negative, and one must be positive"
        raise ValueError(msg)
    parts = [total * weight // whole for weight in weights]
    rests = [total * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-rests[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
