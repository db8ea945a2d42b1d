"""Opens the money book for regulators and operators."""

from counter.watching import open_for_watching
from ledger.models import Account, Checkpoint, Entry, EntryLine, Hold, RateRule

open_for_watching(Account, Entry, EntryLine, Hold, Checkpoint, RateRule)
