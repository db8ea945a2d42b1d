"""What became of early entries: their callers were answered before the market was.

The tables keep what was accepted, and this process what was refused lately: a refusal that it
has forgotten, or that ended with another process, has changed nothing.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence

from marketplace.actions.known import LISTINGS, ORDERS, RECORDS, Key, key_of
from marketplace.domain.entry import WAITING, Answer, OutcomeOf, Said

MOST_REMEMBERED = 10_000


class Outcomes:
    """Used by the socket's thread alone."""

    def __init__(self) -> None:
        # Bounded by the inbox.
        self._waiting: Counter[Key] = Counter()
        self._done: OrderedDict[Key, Answer] = OrderedDict()

    def wait_for(self, entries: Sequence[Said]) -> None:
        """Remember that the entries wait."""
        self._waiting.update(key for key in map(key_of, entries) if key is not None)

    def note(self, entries: Sequence[Said], answers: Sequence[Answer]) -> None:
        """Remember what the market answered."""
        for entry, answer in zip(entries, answers, strict=True):
            key = key_of(entry)
            if key is None:
                continue
            self._waiting[key] -= 1
            if self._waiting[key] <= 0:
                del self._waiting[key]
            self._done[key] = answer
            self._done.move_to_end(key)
        while len(self._done) > MOST_REMEMBERED:
            self._done.popitem(last=False)

    def of(self, sought: OutcomeOf) -> tuple[Answer, ...]:
        """Return what is known of an entry: that it waits, its answer, or nothing."""
        own = sought.client_order_id
        tables = (ORDERS, LISTINGS) if own else (RECORDS,)
        for table in tables:
            key = (table, sought.member, own or sought.client_id)
            if key in self._waiting:
                return (Answer(state=WAITING),)
            if key in self._done:
                return (self._done[key],)
        return ()
