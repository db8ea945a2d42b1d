"""Rows of the money book; imported only inside the room."""

from ledger.models.account import Account, AccountKind
from ledger.models.checkpoint import Checkpoint
from ledger.models.entry import Entry, EntryLine
from ledger.models.hold import Hold
from ledger.models.rate import RateRule

__all__ = ["Account", "AccountKind", "Checkpoint", "Entry", "EntryLine", "Hold", "RateRule"]
