"""Substitution: what replaces capacity that is not delivered, and what it may cost whom."""

from datetime import datetime, timedelta

from contracts.domain.remedies import damages_cap
from contracts.domain.terms import Terms
from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle
from exchange.price import gross_up
from exchange.units import BP, SECONDS_PER_HOUR, TICK_MICROS, ceil_div
from exchange.window import HOUR

SUBSTITUTION_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="SEEKING",
    moves={
        # Paid for in advance and asked of the market; or nothing was found in time.
        "SEEKING": frozenset({"ORDERED", "UNCOVERED"}),
        "ORDERED": frozenset({"REPLACED", "SEEKING"}),
        "REPLACED": frozenset(),
        "UNCOVERED": frozenset(),
    },
)
SUBSTITUTION_OWNERS: dict[str, StateOwner] = {
    "SEEKING": StateOwner("billing.substitute", "UNCOVERED when no hour is left that trades"),
    "ORDERED": StateOwner("billing.substitute", "REPLACED or SEEKING, as the market answers"),
}
# A delivery that is silent or unhealthy for so long, by the market's clock, has gone dark.
DARK_FOR = timedelta(minutes=15)
# How often one purchase is moved from seller to seller.
LONGEST_CHAIN = 3


def hours_of(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """Return the start of each whole hour between two instants."""
    return [starts_at + index * HOUR for index in range((ends_at - starts_at) // HOUR)]


def share_micros(terms: Terms, covers_from: datetime) -> int:
    """Return what the buyer would have paid for the rest of the window, VAT rounded down."""
    hours = hours_of(covers_from, terms.ends_at)
    net = terms.devices * sum(terms.in_hour(hour).price_micros for hour in hours)
    return net * (BP + terms.vat_bp) // BP


def cap_micros(terms: Terms, covers_from: datetime) -> int:
    """Return the most that the seller bears for the rest of the window: the cap of damages."""
    seconds = terms.devices * SECONDS_PER_HOUR
    hours = hours_of(covers_from, terms.ends_at)
    return sum(damages_cap(terms.in_hour(hour), seconds) for hour in hours)


def limit_micros(net_micros: int, device_hours: int) -> int:
    """Return the least whole-tick price per device-hour that buys for so much."""
    return ceil_div(net_micros, device_hours * TICK_MICROS) * TICK_MICROS


def advance_micros(limit: int, device_hours: int, vat_bp: int, share: int) -> int:
    """Return what is needed at that limit beyond what the buyer would have paid anyway."""
    return max(0, gross_up(limit * device_hours, vat_bp) - share)


def cost_of_hour(cost: int, hours: int, index: int) -> int:
    """Return the part of a substitute's further cost that falls on one of its hours."""
    return cost * (index + 1) // hours - cost * index // hours
