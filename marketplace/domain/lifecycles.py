"""Where orders and listings may go. Everything else is refused."""

from exchange.lifecycle import Lifecycle

OPEN = "OPEN"
PARTLY_FILLED = "PARTLY_FILLED"
FILLED = "FILLED"
CANCELLED = "CANCELLED"
EXPIRED = "EXPIRED"
SOLD = "SOLD"
WITHDRAWN = "WITHDRAWN"
ARMED = "ARMED"
FIRING = "FIRING"
FIRED = "FIRED"
OFF = "OFF"

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

# A member's dead-man switch: it is claimed before it fires, so that it fires once.
SWITCH = Lifecycle(
    start=ARMED,
    moves={
        ARMED: frozenset({ARMED, FIRING, OFF}),
        FIRING: frozenset({FIRING, FIRED}),
        FIRED: frozenset(),
        OFF: frozenset(),
    },
)
