"""What a carrier must know to hand a link over, and what a hand-over must show."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LinkView:
    """One link's delivery, as carriers see it: `gbps` in each hour, `gb` moved once."""

    link_delivery_id: int
    external_name: str
    carrier_code: str
    zone_code: str
    city_code: str
    gbps: int
    gb: int
    rtt_us: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class MeasuredLink:
    """What a handed-over link was measured to give: Mbit/s, and the median round trip."""

    mbps: int
    rtt_us: int
    evidence: dict[str, object]


@dataclass(frozen=True)
class LinkMetered:
    """Gbit/s available, summed over a quarter's seconds, and the data moved in it."""

    interval_start: datetime
    available_gbps_seconds: int
    moved_mb: int


def link_shortfall(measured: MeasuredLink, *, least_mbps: int, most_rtt_us: int) -> str:
    """Return in words where a link stays behind its contract; empty where it does not."""
    if measured.mbps < least_mbps:
        return f"acceptance: {measured.mbps} Mbit/s, {least_mbps} required"
    if measured.rtt_us > most_rtt_us:
        return f"acceptance: round trip of {measured.rtt_us} µs, {most_rtt_us} allowed"
    return ""
