"""Both meters of a delivery hour by hour: what each says, and what was contested."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.queries import terms_of
from delivery.domain.metering import HOUR, QUARTERS
from delivery.domain.two_meters import TwoMeters
from delivery.models import Allocation, MeterDispute, ProbeReading, SealedUsage


@dataclass(frozen=True)
class HourByTwoMeters:
    """One hour that the probe saw. `site` is None until it is sealed; both in device-seconds."""

    hour_start: datetime
    contracted_device_seconds: int
    site: int | None
    probe: int
    probe_quarters: int
    dispute: MeterDispute | None
    may_be_contested: bool

    @property
    def difference_bp(self) -> int | None:
        """By how much the site says more, of what was contracted; None until it is sealed."""
        if self.site is None:
            return None
        return TwoMeters(self.contracted_device_seconds, self.site, self.probe).difference_bp


def hours_by_two_meters(
    row: Allocation, probe: Mapping[datetime, int], *, now: datetime
) -> list[HourByTwoMeters]:
    """Return each hour of which the probe saw a quarter or more; `probe` says what, by quarter."""
    probes: dict[datetime, list[int]] = defaultdict(list)
    for start, amount in probe.items():
        probes[start.replace(minute=0)].append(amount)
    within = {"allocation": row, "hour_start__in": list(probes)}
    seals = {seal.hour_start: seal for seal in SealedUsage.objects.filter(**within).order_by("id")}
    disputes = {one.hour_start: one for one in MeterDispute.objects.filter(**within)}
    days = timedelta(days=terms_of(row.agreement_id).dispute_days)
    return [
        _hour(
            start,
            row,
            seals.get(start),
            amounts,
            disputes.get(start),
            in_time=start + HOUR + days >= now,
        )
        for start, amounts in sorted(probes.items())
    ]


def _hour(
    start: datetime,
    row: Allocation,
    seal: SealedUsage | None,
    amounts: list[int],
    dispute: MeterDispute | None,
    *,
    in_time: bool,
) -> HourByTwoMeters:
    site = None if seal is None else seal.delivered_device_seconds
    contracted = row.devices * int(HOUR.total_seconds())
    beyond = site is not None and TwoMeters(contracted, site, sum(amounts)).is_beyond_tolerance
    return HourByTwoMeters(
        hour_start=start,
        contracted_device_seconds=contracted,
        site=site,
        probe=sum(amounts),
        probe_quarters=len(amounts),
        dispute=dispute,
        may_be_contested=beyond and len(amounts) == QUARTERS and dispute is None and in_time,
    )


def probe_quarters_of(row: Allocation, from_at: datetime, to_at: datetime) -> dict[datetime, int]:
    """Return device-seconds by quarter, as the buyer's probe found them."""
    return dict(
        ProbeReading.objects.filter(
            allocation=row, interval_start__gte=from_at, interval_start__lt=to_at
        ).values_list("interval_start", "delivered_device_seconds")
    )
