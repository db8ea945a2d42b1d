"""What the room does."""

from ledger.actions.accounts import open_member_accounts
from ledger.actions.batches import (
    LINES_WORTH_A_CHECKPOINT,
    TurnPostings,
    checkpoint_statement,
    funds_statements,
    lock_funds,
)
from ledger.actions.checkpoints import write_checkpoints
from ledger.actions.holds import (
    hold_funds,
    lock_accounts,
    lock_trading,
    move_hold,
    release_hold,
    spend_hold,
)
from ledger.actions.postings import post, transfer
from ledger.actions.rates import seed_rates
from ledger.domain.refusals import (
    AccountUnknown,
    FundsShort,
    HoldShort,
    HoldUnknown,
    PostingDiffers,
)

__all__ = [
    "LINES_WORTH_A_CHECKPOINT",
    "AccountUnknown",
    "FundsShort",
    "HoldShort",
    "HoldUnknown",
    "PostingDiffers",
    "TurnPostings",
    "checkpoint_statement",
    "funds_statements",
    "hold_funds",
    "lock_accounts",
    "lock_funds",
    "lock_trading",
    "move_hold",
    "open_member_accounts",
    "post",
    "release_hold",
    "seed_rates",
    "spend_hold",
    "transfer",
    "write_checkpoints",
]
