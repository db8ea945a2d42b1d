"""What a link is worth: paid for the hours in which its devices were delivering."""

from collections.abc import Iterable

from billing.domain.rating import Charge, MeteredHour, hours_that_count
from contracts.domain.link_terms import LinkTerms
from exchange.units import BP, half_even_div


def link_worth(terms: LinkTerms, metered: Iterable[MeteredHour]) -> Charge:
    """Return what the hours together are worth under the terms of a link; no damages.

    An hour counts in full when any device-second of it was delivered, in its latest run, and
    not at all otherwise; data to move are paid with the first hour that counts.
    """
    hours = sum(hour.delivered_device_seconds > 0 for hour in hours_that_count(metered))
    value = terms.value_micros(hours)
    fee = half_even_div(value * terms.seller_fee_bp, BP)
    return Charge(
        value_micros=value,
        vat_micros=half_even_div(value * terms.vat_bp, BP),
        fee_micros=fee,
        fee_vat_micros=half_even_div(fee * terms.vat_bp, BP),
    )
