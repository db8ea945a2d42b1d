"""Round-trip times as they are measured; the market goes by the newest."""

from datetime import datetime

from marketplace.models import NetworkMeasurement


def publish_round_trip(
    *, site_id: int, city_id: int, rtt_us: int, rtt_p95_us: int, now: datetime
) -> NetworkMeasurement:
    """Let the market go by a measured round trip of a site to a city, in µs, from `now` on.

    The database refuses a site or city that does not exist. The engine hears of it by a note.
    """
    return NetworkMeasurement.objects.create(
        site_id=site_id,
        city_id=city_id,
        rtt_us=rtt_us,
        rtt_p95_us=rtt_p95_us,
        method="MEASURED",
        measured_at=now,
    )
