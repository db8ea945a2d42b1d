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

# A call auction. Published outcomes wait for their agreements; what fails executes nothing.
AUCTION = Lifecycle(
    start=OPEN,
    moves={
        OPEN: frozenset({"NO_CANCEL", CANCELLED}),
        "NO_CANCEL": frozenset({"CLEARING", CANCELLED}),
        "CLEARING": frozenset({"PUBLISHED", "FAILED"}),
        "PUBLISHED": frozenset({"AGREED"}),
        "AGREED": frozenset(),
        "FAILED": frozenset(),
        CANCELLED: frozenset(),
    },
)

# An order or offer of an auction: frozen with the book, then told what became of it. What was
# accepted is traded, or released where it can no longer be.
AUCTION_ENTRY = Lifecycle(
    start="ENTERED",
    moves={
        "ENTERED": frozenset({"FROZEN", CANCELLED, "RELEASED"}),
        "FROZEN": frozenset({"ACCEPTED", "REJECTED", "RELEASED"}),
        "ACCEPTED": frozenset({"TRADED", "RELEASED"}),
        "TRADED": frozenset(),
        "REJECTED": frozenset(),
        "RELEASED": frozenset(),
        CANCELLED: frozenset(),
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
