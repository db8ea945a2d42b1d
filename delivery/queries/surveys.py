"""Surveys, proposals and rules as a site's owner sees them; what is due for a survey."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Max, Q, QuerySet

from delivery.models import (
    ElectricityTariff,
    ListingProposal,
    PoolSurvey,
    SiteSurvey,
    StandingRule,
)
from exchange.window import HOUR, day_start, delivery_day, hour_of_day, hour_start
from marketplace.domain.checks import first_open_hour
from marketplace.models import CapacityDay, Pool, Site
from marketplace.queries.standing import gate_minutes

EVERY = timedelta(hours=6)
AGAIN_AFTER_TROUBLE = timedelta(hours=1)


def first_tradable(now: datetime) -> datetime:
    """Return the start of the first hour whose trading is still open."""
    return first_open_hour(now, gate_minutes(now))


def sites_to_survey(now: datetime, limit: int) -> list[tuple[int, str, list[str]]]:
    """Return active sites whose last survey is six hours old, or an hour where it failed.

    The longest unsurveyed first, each as id, code and the connectors of its pools.
    """
    last_well = Max("surveys__taken_at", filter=Q(surveys__trouble=""))
    rows = (
        Site.objects.filter(active=True, pools__active=True)
        .annotate(
            well=last_well,
            last=Max("surveys__taken_at"),
            connectors=ArrayAgg("pools__connector", distinct=True, filter=Q(pools__active=True)),
        )
        .filter(Q(well=None) | Q(well__lte=now - EVERY))
        .filter(Q(last=None) | Q(last__lte=now - AGAIN_AFTER_TROUBLE))
    )
    rows = rows.order_by(F("last").asc(nulls_first=True), "id")
    return list(rows.values_list("id", "code", "connectors")[:limit])


def fen_per_mwh_of(province: str, now: datetime) -> tuple[int, ...] | None:
    """Return the tariff of a province's 24 hours in force; None where none is known."""
    row = (
        ElectricityTariff.objects.filter(province=province, effective_from__lte=now)
        .order_by("-effective_from")
        .first()
    )
    return None if row is None else tuple(row.fen_per_mwh)


def committed_by_hour(pool_id: int, first_hour: int, hours: int) -> list[int]:
    """Return the devices that the capacity ledger has in orders, sold or in auctions by hour."""
    starts = [hour_start(first_hour + index) for index in range(hours)]
    days = {delivery_day(start) for start in starts}
    rows = {row.day: row for row in CapacityDay.objects.filter(pool_id=pool_id, day__in=days)}
    return [_committed(rows.get(delivery_day(start)), hour_of_day(start)) for start in starts]


def _committed(row: CapacityDay | None, slot: int) -> int:
    if row is None:
        return 0
    return int(row.in_orders[slot] + row.contracted[slot] + row.in_auctions[slot])


def newest_surveys(member_id: int) -> list[PoolSurvey]:
    """Return the newest survey of each of the member's active pools, by site and pool."""
    newest = (
        PoolSurvey.objects.filter(pool__site__owner_id=member_id, pool__active=True)
        .order_by("pool_id", "-id")
        .distinct("pool_id")
        .values("pk")
    )
    rows = PoolSurvey.objects.filter(pk__in=newest)
    return list(
        rows.select_related("survey", "pool__site__zone", "pool__chip").order_by(
            "pool__site__code", "pool__code"
        )
    )


def failed_surveys(member_id: int) -> list[SiteSurvey]:
    """Return the newest survey of each of the member's sites where it failed."""
    newest = (
        SiteSurvey.objects.filter(site__owner_id=member_id)
        .order_by("site_id", "-id")
        .distinct("site_id")
        .values("pk")
    )
    rows = SiteSurvey.objects.filter(pk__in=newest).exclude(trouble="")
    return list(rows.select_related("site").order_by("site__code"))


def open_proposals(member_id: int, first_open: datetime) -> QuerySet[ListingProposal]:
    """Return the member's proposals that could still be listed, soonest first."""
    rows = ListingProposal.objects.filter(
        pool__site__owner_id=member_id, state="OPEN", starts_at__gte=first_open
    )
    return rows.select_related("pool__site", "pool__chip").order_by("starts_at", "id")


def proposals_for_rules(first_open: datetime, limit: int) -> list[int]:
    """Return open proposals of pools whose standing rule is switched on, soonest first."""
    rows = ListingProposal.objects.filter(
        state="OPEN", starts_at__gte=first_open, pool__standing_rule__enabled=True
    )
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True)[:limit])


def listed_by_rule(pool_id: int, instant: datetime) -> int:
    """Return the device-hours that the pool's rule listed for the delivery day of the instant.

    By the day on which a window begins; withdrawn listings do not count.
    """
    begins = day_start(delivery_day(instant))
    rows = ListingProposal.objects.filter(
        pool_id=pool_id,
        state="LISTED",
        by_rule=True,
        listing__starts_at__gte=begins,
        listing__starts_at__lt=begins + timedelta(days=1),
    ).exclude(listing__state="WITHDRAWN")
    values = rows.values_list("listing__devices", "listing__starts_at", "listing__ends_at")
    return sum(devices * int((ends - starts) / HOUR) for devices, starts, ends in values)


def rules_of(pools: Iterable[int]) -> dict[int, StandingRule]:
    """Return the pools' standing rules by pool."""
    return {rule.pool_id: rule for rule in StandingRule.objects.filter(pool_id__in=list(pools))}


def surveyed_pool(member_id: int, pool_id: int) -> Pool | None:
    """Return one of the member's active pools with site, zone and chip; none for strangers."""
    rows = Pool.objects.filter(pk=pool_id, site__owner_id=member_id, active=True)
    return rows.select_related("site__zone", "chip").first()


def latest_of_pool(pool_id: int) -> PoolSurvey | None:
    """Return the pool's newest survey."""
    return (
        PoolSurvey.objects.filter(pool_id=pool_id).select_related("survey").order_by("-id").first()
    )
