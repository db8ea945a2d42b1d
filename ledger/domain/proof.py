"""What a proof of the books found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One proof: how many things it looked at, and which of them are wrong."""

    name: str
    checked: int
    wrong: tuple[str, ...] = ()
