"""What a carrier offers on a link, and which figures it may name."""

from dataclasses import asdict, dataclass

from exchange.units import TICK_MICROS
from marketplace.domain.checks import MOST_PRICE_MICROS, check_price, check_range
from marketplace.domain.refusals import FieldRefused

MOST_GBPS = 1_000_000
MOST_RTT_US = 10_000_000
# The way to a carrier's meter where the carrier confirms and reports its links itself: a key of
# `settings.CARRIERS`.
REPORTED = "reported"


class LinkOffered(FieldRefused):
    """A carrier's second link between the same zone and city."""

    code = "E-LINK-01"
    field = "city"
    status = 409
    sentence = "You offer a link between these places already. Change it instead."


@dataclass(frozen=True, kw_only=True)
class LinkOffering:
    """Gbit/s in every hour, prices net of VAT, round trip; not active: sold to nobody new.

    With `own_meter` the carrier confirms and reports what it sells from now on; without, the hours
    of the devices beside it settle it. None leaves that as it is.
    """

    capacity_gbps: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int
    rtt_us: int
    active: bool = True
    own_meter: bool | None = None

    @property
    def facts(self) -> dict[str, int | bool]:
        """Return the figures of the offer by their names."""
        facts = asdict(self)
        del facts["own_meter"]
        return facts

    def way_from(self, connector: str) -> str:
        """Return the way to the link's meter after this, where it was `connector`."""
        if self.own_meter:
            return REPORTED
        return "" if self.own_meter is False and connector == REPORTED else connector


def check_link_offering(offering: LinkOffering) -> None:
    """Refuse figures out of bounds, and prices between two ticks."""
    check_range("capacity_gbps", offering.capacity_gbps, 1, MOST_GBPS)
    check_range("rtt_us", offering.rtt_us, 0, MOST_RTT_US)
    for field in ("price_micros_per_gbps_hour", "price_micros_per_gb"):
        check_range(field, getattr(offering, field), TICK_MICROS, MOST_PRICE_MICROS)
        check_price(field, getattr(offering, field))
