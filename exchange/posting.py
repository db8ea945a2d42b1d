"""A posting cannot be lopsided: its lines sum to zero or it is not built."""

from dataclasses import dataclass

from exchange.refusal import Refused


class PostingUnbalanced(Refused):
    """Lines of a posting must sum to zero, and none may be zero."""

    code = "E-LEDGER-01"
    sentence = "The lines of posting %(key)s sum to %(sum_micros)s micros."


@dataclass(frozen=True)
class Line:
    """What one account gains (positive) or loses; in whole micros.

    Accounts are named by key. A positive balance is what the exchange owes to the
    account's owner. `hold` names the hold (its reason) on accounts of held funds.
    """

    account: str
    amount_micros: int
    hold: str = ""


@dataclass(frozen=True)
class Posting:
    """Balanced lines under a business key, which makes a second posting harmless."""

    key: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        total = sum(line.amount_micros for line in self.lines)
        if total or not self.lines or any(not line.amount_micros for line in self.lines):
            raise PostingUnbalanced(key=self.key, sum_micros=total)
