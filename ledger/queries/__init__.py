"""What the room answers."""

from ledger.queries.balances import balance_of, balances_of, booked, funds_of, hold_remaining
from ledger.queries.entries import opening_of_hold, sums_under
from ledger.queries.proofs import recompute_book
from ledger.queries.rates import rate_rules, rates_at
from ledger.queries.statements import statement_of

__all__ = [
    "balance_of",
    "balances_of",
    "booked",
    "funds_of",
    "hold_remaining",
    "opening_of_hold",
    "rate_rules",
    "rates_at",
    "recompute_book",
    "statement_of",
    "sums_under",
]
