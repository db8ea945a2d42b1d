"""What a shortfall costs the seller, and what everything costs at a delivered share."""

from dataclasses import dataclass

from contracts.domain.terms import Terms
from exchange.units import BP, SECONDS_PER_HOUR, half_even_div


@dataclass(frozen=True)
class WhatIf:
    """The money of an agreement if a share were delivered; micros, net unless named."""

    delivered_bp: int
    contracted_device_seconds: int
    delivered_device_seconds: int
    value_micros: int
    vat_micros: int
    damages_micros: int
    fee_micros: int
    fee_vat_micros: int

    @property
    def buyer_net_micros(self) -> int:
        """What the buyer pays, VAT included, less damages received."""
        return self.value_micros + self.vat_micros - self.damages_micros

    @property
    def seller_net_micros(self) -> int:
        """What the seller is paid, VAT included, after fee and damages."""
        paid = self.value_micros + self.vat_micros - self.damages_micros
        return paid - self.fee_micros - self.fee_vat_micros


def value_of(terms: Terms, device_seconds: int) -> int:
    """Return the net price of device-seconds in micros, rounded half to even."""
    return half_even_div(device_seconds * terms.total_price_micros, terms.hours * SECONDS_PER_HOUR)


def damages(terms: Terms, contracted_device_seconds: int, delivered_device_seconds: int) -> int:
    """Return the damages for one delivery period in micros, net of VAT.

    What is missing below the guaranteed share is paid at `damages_bp` of its price, at
    most `damages_cap_bp` of the period's price. Each period counts alone: a good hour
    does not heal a bad one.
    """
    guaranteed = contracted_device_seconds * terms.availability_bp
    missing = guaranteed - delivered_device_seconds * BP
    if missing <= 0:
        return 0
    full = half_even_div(
        missing * terms.damages_bp * terms.total_price_micros,
        BP * BP * SECONDS_PER_HOUR * terms.hours,
    )
    return min(full, damages_cap(terms, contracted_device_seconds))


def damages_cap(terms: Terms, contracted_device_seconds: int) -> int:
    """Return the most that damages can reach for these device-seconds; rounded down."""
    price = contracted_device_seconds * terms.total_price_micros
    return price * terms.damages_cap_bp // (BP * SECONDS_PER_HOUR * terms.hours)


def what_if(terms: Terms, delivered_bp: int) -> WhatIf:
    """Return the money if every period delivered this share (0 to 10,000)."""
    contracted = terms.device_seconds
    delivered = contracted * delivered_bp // BP
    value = value_of(terms, delivered)
    fee = half_even_div(value * terms.seller_fee_bp, BP)
    return WhatIf(
        delivered_bp=delivered_bp,
        contracted_device_seconds=contracted,
        delivered_device_seconds=delivered,
        value_micros=value,
        vat_micros=half_even_div(value * terms.vat_bp, BP),
        damages_micros=damages(terms, contracted, delivered),
        fee_micros=fee,
        fee_vat_micros=half_even_div(fee * terms.vat_bp, BP),
    )


def take_or_pay_micros(terms: Terms) -> int:
    """Return what is owed, net, if all is made available and nothing is used."""
    return half_even_div(value_of(terms, terms.device_seconds) * terms.take_or_pay_bp, BP)
