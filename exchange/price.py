"""Prices and values: whole micros, cross-multiplied, never a float."""

from typing import Final

from exchange.units import (
    BP,
    GFLOPS_PER_PFLOPS,
    SECONDS_PER_HOUR,
    TICK_MICROS,
    ceil_div,
    half_even_div,
)

DEVICES: Final = "DEVICES"
PFLOPS: Final = "PFLOPS"
# How many of the amount's units one price unit counts: a PFLOPS order's amount is in GFLOPS.
SCALE: Final = {DEVICES: 1, PFLOPS: GFLOPS_PER_PFLOPS}


def value_micros(price_micros: int, device_seconds: int) -> int:
    """Return what device-seconds are worth at a price per device-hour, half to even."""
    return half_even_div(price_micros * device_seconds, SECONDS_PER_HOUR)


def gross_up(net_micros: int, vat_bp: int) -> int:
    """Return the amount with VAT, rounded up to a whole micro."""
    return ceil_div(net_micros * (BP + vat_bp), BP)


def net_of(gross_micros: int, vat_bp: int) -> int:
    """Return the most that a gross sum covers before VAT, rounded down."""
    return gross_micros * BP // (BP + vat_bp)


def hold_micros(
    *, unit: str, amount: int, hours: int, limit_micros: int, vat_bp: int, budget_micros: int | None
) -> int:
    """Return what is held for an order: its limit value with VAT, capped by the budget.

    Limit and amount share a unit, so the hold does not depend on the chip.
    """
    scaled = limit_micros * amount * hours * (BP + vat_bp)
    hold = ceil_div(scaled, SCALE[unit] * BP)
    return hold if budget_micros is None else min(hold, budget_micros)


def within_limit(
    *, value_micros: int, unit: str, credited: int, hours: int, limit_micros: int
) -> bool:
    """Tell whether a value is at most the limit for what the order is credited with."""
    return value_micros * SCALE[unit] <= limit_micros * credited * hours


def floor_tick(micros: int) -> int:
    """Return the highest tick that is not above the price."""
    return micros // TICK_MICROS * TICK_MICROS


def per_pflops_hour(price_micros: int, gflops_per_device: int) -> int:
    """Return a device-hour's price per PFLOPS-hour, half to even: for display, never to match."""
    return half_even_div(price_micros * GFLOPS_PER_PFLOPS, gflops_per_device)
