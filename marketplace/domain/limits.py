"""Order-entry limits: what one member may send, as an operator writes them."""

from dataclasses import asdict, dataclass

from marketplace.domain.checks import MOST_BUDGET_MICROS, MOST_DEVICES, check_range

MOST_MESSAGES = 1_000_000
BOUNDS = (
    ("most_order_micros", MOST_BUDGET_MICROS),
    ("most_order_devices", MOST_DEVICES),
    ("most_open_micros", MOST_BUDGET_MICROS),
    ("most_messages", MOST_MESSAGES),
)


@dataclass(frozen=True)
class Limits:
    """Bounds of a member's orders; None is no limit.

    Gross micros for orders, net for listings; messages are orders, listings and replacements
    in a second.
    """

    most_order_micros: int | None = None
    most_order_devices: int | None = None
    most_open_micros: int | None = None
    most_messages: int | None = None

    @property
    def facts(self) -> dict[str, int | None]:
        """Return the bounds by name."""
        return asdict(self)


# For everybody without limits of their own, from the market's first day.
FIRST = Limits(most_order_micros=10**12, most_order_devices=20_000, most_messages=5_000)


def check_limits(limits: Limits) -> None:
    """Refuse a limit that is not positive, or higher than the market takes at all."""
    for field, highest in BOUNDS:
        check_range(field, getattr(limits, field), 1, highest)
