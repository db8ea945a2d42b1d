"""What a carrier offers on a link, and which figures it may name."""

from dataclasses import asdict, dataclass

from exchange.units import TICK_MICROS
from marketplace.domain.checks import MOST_PRICE_MICROS, check_price, check_range
from marketplace.domain.refusals import FieldRefused

MOST_GBPS = 1_000_000
MOST_RTT_US = 10_000_000


class LinkOffered(FieldRefused):
    """A carrier's second link between the same zone and city."""

    code = "E-LINK-01"
    field = "city"
    status = 409
    sentence = "You offer a link between these places already. Change it instead."


@dataclass(frozen=True, kw_only=True)
class LinkOffering:
    """Gbit/s in every hour, prices net of VAT, round trip; not active: sold to nobody new."""

    capacity_gbps: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int
    rtt_us: int
    active: bool = True

    @property
    def facts(self) -> dict[str, int | bool]:
        """Return the figures by their names."""
        return asdict(self)


def check_link_offering(offering: LinkOffering) -> None:
    """Refuse figures out of bounds, and prices between two ticks."""
    check_range("capacity_gbps", offering.capacity_gbps, 1, MOST_GBPS)
    check_range("rtt_us", offering.rtt_us, 0, MOST_RTT_US)
    for field in ("price_micros_per_gbps_hour", "price_micros_per_gb"):
        check_range(field, getattr(offering, field), TICK_MICROS, MOST_PRICE_MICROS)
        check_price(field, getattr(offering, field))
