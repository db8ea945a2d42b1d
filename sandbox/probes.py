"""The sandbox's buyers with a probe: it agrees with the site's meter, but for a few hours."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Mod

from delivery.actions import accept_probe_readings, open_dispute
from delivery.domain.metering import QUARTER, QuarterReading
from delivery.models import MeterDispute, ProbeReading, SealedUsage
from exchange.refusal import Refused
from sandbox.sites import draw

# One delivery in so many has a probe; of its hours so many basis points look worse to it.
ONE_IN = 8
WORSE_BP = 400
MOST_HOURS_A_TURN = 10
# People decide disputes: the sandbox never leaves them more than they would read.
MOST_OPEN = 5
LOOKS_BACK = timedelta(days=1)


def probe_hours(now: datetime) -> int:
    """Deliver what probes saw of hours sealed in the last day; contest those that looked worse.

    Returns how many hours were new. Follows from names alone, so that runs repeat.
    """
    hours = list(_unseen(now).order_by("id")[:MOST_HOURS_A_TURN])
    for seal in hours:
        _probe(seal, now)
    return len(hours)


def _unseen(now: datetime) -> QuerySet[SealedUsage]:
    seen = ProbeReading.objects.filter(
        allocation=OuterRef("allocation"), interval_start=OuterRef("hour_start")
    )
    fresh = SealedUsage.objects.filter(
        run="II", sealed_at__gt=now - LOOKS_BACK, allocation__connector="simulated"
    )
    with_probe = fresh.annotate(place=Mod("allocation_id", ONE_IN)).filter(place=0)
    return with_probe.exclude(Exists(seen)).select_related("allocation__agreement")


def _probe(seal: SealedUsage, now: datetime) -> None:
    row = seal.allocation
    amounts = list(seal.quarter_device_seconds)
    worse = draw("probe", row.external_name, seal.hour_start.isoformat()) < WORSE_BP
    if worse:
        amounts[1] //= 2
    accept_probe_readings(
        member_id=row.agreement.buyer_id,
        allocation_id=row.pk,
        readings=[
            QuarterReading(seal.hour_start + place * QUARTER, amount)
            for place, amount in enumerate(amounts)
        ],
        now=now,
    )
    if worse and MeterDispute.objects.filter(state="OPEN").count() < MOST_OPEN:
        _contest(seal, now)


def _contest(seal: SealedUsage, now: datetime) -> None:
    row = seal.allocation
    # The agreement may say that it is too late, or the site itself had seen the loss.
    with suppress(Refused):
        open_dispute(
            member_id=row.agreement.buyer_id,
            allocation_id=row.pk,
            hour_start=seal.hour_start,
            now=now,
        )
