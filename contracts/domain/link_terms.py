"""Terms of a link agreement: what a carrier carries for a buyer beside the devices of a trade."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from contracts.domain.flat import FlatTerms
from exchange.units import BP, SECONDS_PER_HOUR, ceil_div, half_even_div
from exchange.window import Window

LINK_FORM = "CPLA-1"
# An hour of the link counts as carried when its devices were delivering in it.
LINK_METERING_RULE = "WITH-DEVICES-1"
# The carrier's own meter counts: Gbit/s available by the second, and what was moved.
OWN_METER_RULE = "LINK-METER-1"
# What a hand-over must show: this share of the bandwidth, and a round trip at most so long.
LEAST_BANDWIDTH_BP = 9_000
MOST_RTT_BP = 11_000
MB_PER_GB = 1_000
MBPS_PER_GBPS = 1_000


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """What the link that was sold and the catalogue say, frozen at the conclusion."""

    link_trade_id: int
    trade_id: int
    devices_agreement: str
    buyer_code: str
    buyer_name: str
    seller_code: str
    seller_name: str
    zone_code: str
    zone_name: str
    zone_name_zh: str
    site_name: str
    site_name_zh: str
    city_code: str
    city_name: str
    city_name_zh: str
    rtt_us: int
    gbps: int
    gb: int
    starts_at: datetime
    ends_at: datetime
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int
    vat_bp: int
    seller_fee_bp: int


@dataclass(frozen=True, kw_only=True)
class LinkTerms(LinkFacts, FlatTerms):
    """Everything that buyer and carrier sign; the carrier is the seller of the link."""

    standard_terms_version: int
    dispute_days: int
    form: str = LINK_FORM
    metering_rule: str = LINK_METERING_RULE
    least_bandwidth_bp: int = 0
    most_rtt_bp: int = 0

    OPTIONAL: ClassVar[tuple[str, ...]] = ("least_bandwidth_bp", "most_rtt_bp")

    @property
    def has_own_meter(self) -> bool:
        """Whether the carrier's meter counts, and not the devices beside the link."""
        return self.metering_rule == OWN_METER_RULE

    @property
    def least_mbps(self) -> int:
        """The bandwidth in Mbit/s that a hand-over must show; 0 for data moved alone."""
        return ceil_div(self.gbps * MBPS_PER_GBPS * self.least_bandwidth_bp, BP)

    @property
    def most_rtt_us(self) -> int:
        """The longest round trip in microseconds that a hand-over may show."""
        return self.rtt_us * self.most_rtt_bp // BP

    @property
    def hours(self) -> int:
        """How many delivery periods there are."""
        return Window(self.starts_at, self.ends_at).hours

    def value_micros(self, hours: int) -> int:
        """Return what so many hours are worth, net: data are moved with the first of them."""
        by_hour = hours * self.gbps * self.price_micros_per_gbps_hour
        return by_hour + (self.gb * self.price_micros_per_gb if hours else 0)

    def metered_value_micros(self, gbps_seconds: int, moved_mb: int) -> int:
        """Return what was available and moved is worth, net, rounded once, half to even.

        What was moved beyond the GB that were bought is worth nothing.
        """
        by_hour = gbps_seconds * self.price_micros_per_gbps_hour * MB_PER_GB
        by_gb = min(moved_mb, self.gb * MB_PER_GB) * self.price_micros_per_gb * SECONDS_PER_HOUR
        return half_even_div(by_hour + by_gb, SECONDS_PER_HOUR * MB_PER_GB)
