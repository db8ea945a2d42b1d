"""What a link is worth: by its own meter, or by the hours in which its devices delivered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing.domain.rating import Charge, MeteredHour, hours_that_count
from contracts.domain.link_terms import LinkTerms
from exchange.units import BP, half_even_div


@dataclass(frozen=True)
class MeteredLinkHour:
    """One sealed hour of a link in one run: what was available, and what was moved."""

    hour_start: datetime
    run: str
    available_gbps_seconds: int
    moved_mb: int


def link_worth(terms: LinkTerms, metered: Iterable[MeteredHour]) -> Charge:
    """Return what the hours of the devices are worth under the terms of a link; no damages.

    An hour counts in full when any device-second of it was delivered, in its latest run, and
    not at all otherwise; data to move are paid with the first hour that counts.
    """
    hours = sum(hour.delivered_device_seconds > 0 for hour in hours_that_count(metered))
    return _charge(terms, terms.value_micros(hours))


def metered_link_worth(terms: LinkTerms, metered: Iterable[MeteredLinkHour]) -> Charge:
    """Return what the hours of a link are worth by its own meter; no damages.

    Each hour counts by its latest run: Gbit/s by the second in which they were available, data
    as they were moved, at most what was bought. Rounded once, over all hours together.
    """
    counted = hours_that_count(metered)
    gbps_seconds = sum(hour.available_gbps_seconds for hour in counted)
    moved_mb = sum(hour.moved_mb for hour in counted)
    return _charge(terms, terms.metered_value_micros(gbps_seconds, moved_mb))


def _charge(terms: LinkTerms, value: int) -> Charge:
    fee = half_even_div(value * terms.seller_fee_bp, BP)
    return Charge(
        value_micros=value,
        vat_micros=half_even_div(value * terms.vat_bp, BP),
        fee_micros=fee,
        fee_vat_micros=half_even_div(fee * terms.vat_bp, BP),
    )
