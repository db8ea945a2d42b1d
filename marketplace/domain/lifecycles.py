"""Where orders and listings may go. Everything else is refused."""

from exchange.lifecycle import Lifecycle

OPEN = "OPEN"
PARTLY_FILLED = "PARTLY_FILLED"
FILLED = "FILLED"
CANCELLED = "CANCELLED"
EXPIRED = "EXPIRED"
SOLD = "SOLD"
WITHDRAWN = "WITHDRAWN"

ORDER = Lifecycle(
    start=OPEN,
    moves={
        OPEN: frozenset({PARTLY_FILLED, FILLED, CANCELLED, EXPIRED}),
        PARTLY_FILLED: frozenset({PARTLY_FILLED, FILLED, CANCELLED, EXPIRED}),
        FILLED: frozenset(),
        CANCELLED: frozenset(),
        EXPIRED: frozenset(),
    },
)

LISTING = Lifecycle(
    start=OPEN,
    moves={
        OPEN: frozenset({SOLD, WITHDRAWN, EXPIRED}),
        SOLD: frozenset(),
        WITHDRAWN: frozenset(),
        EXPIRED: frozenset(),
    },
)
