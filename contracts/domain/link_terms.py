"""Terms of a link agreement: what a carrier carries for a buyer beside the devices of a trade."""

from dataclasses import dataclass
from datetime import datetime

from contracts.domain.flat import FlatTerms
from exchange.window import Window

LINK_FORM = "CPLA-1"
# An hour of the link counts as carried when its devices were delivering in it.
LINK_METERING_RULE = "WITH-DEVICES-1"


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

    @property
    def hours(self) -> int:
        """How many delivery periods there are."""
        return Window(self.starts_at, self.ends_at).hours

    def value_micros(self, hours: int) -> int:
        """Return what so many hours are worth, net: data are moved with the first of them."""
        by_hour = hours * self.gbps * self.price_micros_per_gbps_hour
        return by_hour + (self.gb * self.price_micros_per_gb if hours else 0)
