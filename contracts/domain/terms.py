"""Terms of an agreement: frozen, machine-readable, and hashed as canonical JSON.

The JSON is flat (names to whole numbers, texts or null), so that the database can
recompute the hash too.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from contracts.domain.flat import FlatTerms
from exchange.units import SECONDS_PER_HOUR
from exchange.window import Window

FORM = "CPPA-1"
METERING_RULE = "METER-1"
DAMAGES_RULE = "DAMAGES-1"
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class StandardParameters:
    """The figures of the standard exchange terms; shares in basis points."""

    standard_terms_version: int
    # Share of the device-hours made available that is paid for, used or not.
    take_or_pay_bp: int
    # Share of each delivery period that is guaranteed to be delivered.
    availability_bp: int
    # Damages per missing device-hour, as a share of its price, and their cap per period.
    damages_bp: int
    damages_cap_bp: int
    # The acceptance test must reach this share of the contracted compute.
    acceptance_share_bp: int
    # Announced maintenance that the seller may take per started thirty days.
    maintenance_hours: int
    dispute_days: int


@dataclass(frozen=True, kw_only=True)
class TradeFacts:
    """What the trade and the catalogue say, frozen at the conclusion."""

    trade_id: int
    buyer_code: str
    buyer_name: str
    seller_code: str
    seller_name: str
    chip_code: str
    chip_name: str
    vendor: str
    stack: str
    memory_gb: int
    scale_up_gbs: int
    scale_out_gbps: int
    pool_code: str
    site_code: str
    site_name: str
    site_name_zh: str
    zone_code: str
    zone_name: str
    zone_name_zh: str
    city_name: str
    city_name_zh: str
    max_rtt_us: int | None
    starts_at: datetime
    ends_at: datetime
    devices: int
    workload_class: str
    gflops_per_device: int
    factor_method: str
    firmness: str
    recall_notice_minutes: int
    price_micros: int
    vat_bp: int
    seller_fee_bp: int
    # Of an auction that priced hours differently: one an hour in micros, with commas between.
    # `price_micros` is then their mean, rounded down.
    hour_prices: str = ""


@dataclass(frozen=True, kw_only=True)
class Terms(TradeFacts, StandardParameters, FlatTerms):
    """Everything that both parties sign. Price per device-hour, net, in micros."""

    OPTIONAL: ClassVar = ("hour_prices",)
    form: str = FORM
    metering_rule: str = METERING_RULE
    damages_rule: str = DAMAGES_RULE

    @property
    def window(self) -> Window:
        """The hours of delivery."""
        return Window(self.starts_at, self.ends_at)

    @property
    def hours(self) -> int:
        """How many delivery periods there are."""
        return self.window.hours

    @property
    def device_hours(self) -> int:
        """The quantity sold."""
        return self.devices * self.hours

    @property
    def device_seconds(self) -> int:
        """The quantity sold, in the unit of the meter."""
        return self.device_hours * SECONDS_PER_HOUR

    @property
    def prices_micros(self) -> tuple[int, ...]:
        """The price of each hour of the window, first hour first."""
        if not self.hour_prices:
            return (self.price_micros,) * self.hours
        return tuple(int(price) for price in self.hour_prices.split(","))

    @property
    def total_price_micros(self) -> int:
        """What one device costs for the whole window, net."""
        return sum(self.prices_micros) if self.hour_prices else self.price_micros * self.hours

    def in_hour(self, hour_start: datetime) -> "Terms":
        """Return the terms as they hold in one hour: its own window and price."""
        if not self.hour_prices:
            return self
        index = (hour_start - self.starts_at) // ONE_HOUR
        return replace(
            self,
            starts_at=hour_start,
            ends_at=hour_start + ONE_HOUR,
            price_micros=self.prices_micros[index],
            hour_prices="",
        )

    @property
    def gflops(self) -> int:
        """Contracted compute of all devices together."""
        return self.devices * self.gflops_per_device


def terms_of(facts: TradeFacts, standard: StandardParameters) -> Terms:
    """Return the terms of a trade under the standard terms.

    Surplus capacity is sold without guarantee: it is paid by the meter, and what is
    missing carries no damages.
    """
    figures = vars(standard)
    if facts.firmness == "SURPLUS":
        figures = {**figures, "availability_bp": 0, "damages_bp": 0, "damages_cap_bp": 0}
    return Terms(**vars(facts), **figures)
