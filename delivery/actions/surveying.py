"""Read a site's scheduler, forecast what will be idle, and propose listings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from delivery.adapters.scheduler import SchedulerPlace, SchedulerSilent, place_of_site, reader_named
from delivery.domain.cluster import ClusterView
from delivery.domain.forecast import DAY, WEEK, Band, back_test, enough, forecast, widened
from delivery.domain.idle import booked_by_hour, peak_by_hour
from delivery.domain.proposing import Expected, PoolCosts, Proposed, proposals
from delivery.domain.refusals import NoScheduler
from delivery.models import ListingProposal, PoolSurvey, SiteSurvey
from delivery.queries.surveys import (
    committed_by_hour,
    fen_per_mwh_of,
    first_tradable,
    sites_to_survey,
)
from exchange.refusal import NotFound
from exchange.window import HOUR, hour_from, hour_number, hour_of_day, hour_start
from marketplace.models import Pool, Site

HISTORY = timedelta(days=70)
AHEAD_HOURS = 48
TESTED_DAYS = 14
SHOWN_HOURS = WEEK
MOST_SITES = 20_000

NO_PARTITION = "the scheduler has no such partition with devices"
NOTHING_RAN = "nothing ran in the history: accounting may be off"
TOO_SHORT = "fewer than two weeks of history"
NO_TARIFF = "no tariff is known for the province"


@dataclass(frozen=True)
class Found:
    """One pool's survey, not saved yet, and what is proposed from it."""

    row: PoolSurvey
    proposed: list[Proposed]


def sites_due(*, now: datetime, limit: int) -> list[int]:
    """Return the sites that are due for a survey and whose scheduler somebody named."""
    named = (
        pk
        for pk, code, connectors in sites_to_survey(now, MOST_SITES)
        if place_of_site(code, set(connectors)) is not None
    )
    return list(islice(named, limit))


def survey_site(*, site_id: int, now: datetime) -> SiteSurvey:
    """Survey a site's pools and propose listings in place of those still open.

    A scheduler that does not answer leaves a survey that says why, and the proposals as they
    are. Refuses unknown sites with NotFound and sites without a scheduler with NoScheduler.
    """
    site = Site.objects.select_related("zone").filter(pk=site_id, active=True).first()
    if site is None:
        raise NotFound
    pools = list(
        Pool.objects.filter(site=site, active=True).select_related("chip").order_by("code")
    )
    place = place_of_site(site.code, {pool.connector for pool in pools})
    if place is None:
        raise NoScheduler(site=site.code)
    try:
        view = reader_named(place.reader).read(place, since=now - HISTORY, now=now)
    except SchedulerSilent as trouble:
        return SiteSurvey.objects.create(
            site=site, reader=place.reader, taken_at=now, trouble=str(trouble)[:400]
        )
    tariff = fen_per_mwh_of(site.zone.province, now)
    found = [_surveyed(pool, site, place, view, tariff, now) for pool in pools]
    return _write(site, place, found, now)


@transaction.atomic
def _write(site: Site, place: SchedulerPlace, found: list[Found], now: datetime) -> SiteSurvey:
    """Write the survey whole; proposals that were open make room for its own."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    survey = SiteSurvey.objects.create(site=site, reader=place.reader, taken_at=now)
    ListingProposal.objects.filter(pool__site=site, state="OPEN").update(
        state="SUPERSEDED", decided_at=now
    )
    for one in found:
        one.row.survey = survey
        one.row.save()
        ListingProposal.objects.bulk_create(_proposal(one.row, item) for item in one.proposed)
    return survey


def _proposal(row: PoolSurvey, item: Proposed) -> ListingProposal:
    return ListingProposal(
        pool_survey=row,
        pool_id=row.pool_id,
        devices=item.devices,
        starts_at=hour_start(item.first_hour),
        ends_at=hour_start(item.first_hour + item.hours),
        marginal_micros=item.marginal_micros,
        weeks_idle=item.weeks_idle,
        weeks_seen=item.weeks_seen,
    )


def _surveyed(
    pool: Pool,
    site: Site,
    place: SchedulerPlace,
    whole: ClusterView,
    tariff: tuple[int, ...] | None,
    now: datetime,
) -> Found:
    """Return one pool's survey: what its partition is, was, and will leave idle."""
    partition = place.partition_of(pool.code)
    view = whole.partition(partition)
    this_hour = hour_number(now)
    history = _idle_history(view, min(view.devices, pool.devices), this_hour)
    row = PoolSurvey(
        pool=pool,
        partition=partition,
        devices_found=view.devices,
        devices_usable=view.usable_devices,
        devices_busy=sum(use.devices for use in view.running),
        devices_queued=sum(one.devices for one in view.queued),
        history_hours=len(history),
        first_hour=hour_start(this_hour - min(len(history), SHOWN_HOURS)),
        idle=history[-SHOWN_HOURS:],
        band_hour=hour_start(this_hour),
    )
    row.trouble = _trouble_of(view, history, tariff)
    if not view.devices or not enough(history):
        return Found(row, [])
    ahead = _forecast_into(row, view, history, min(view.usable_devices, pool.devices), this_hour)
    if tariff is None:
        return Found(row, [])
    costs = PoolCosts(pool.chip.power_w, site.pue_thousandths, tariff)
    return Found(row, _proposed(pool, ahead, history, costs, now))


def _trouble_of(view: ClusterView, history: list[int], tariff: object) -> str:
    """Return why there is no forecast, or no price; empty when there are both."""
    if not view.devices:
        return NO_PARTITION
    if not view.history:
        return NOTHING_RAN
    if not enough(history):
        return TOO_SHORT
    return "" if tariff else NO_TARIFF


def _idle_history(view: ClusterView, devices: int, this_hour: int) -> list[int]:
    """Return idle devices of each whole hour before this one, since the first job seen.

    Before it, accounting may not have been on: those hours are unknown, not idle.
    """
    if not view.history:
        return []
    first = max(hour_from(min(use.starts_at for use in view.history)), hour_from(view.history_from))
    hours = max(this_hour - first, 0)
    return [max(devices - busy, 0) for busy in peak_by_hour(view.history, first, hours)]


def _forecast_into(
    row: PoolSurvey, view: ClusterView, history: list[int], most: int, this_hour: int
) -> list[Band]:
    """Back-test and forecast; keep both in the row, and return the bands from this hour on."""
    tested, bands, margin = back_test(history, TESTED_DAYS, most)
    booked = booked_by_hour(view.running, view.queued, this_hour, AHEAD_HOURS)
    ahead = [
        Band(min(band.low, max(most - busy, 0)), band.mid, band.high)
        for band, busy in zip(
            widened(forecast(history, AHEAD_HOURS, most), margin, most), booked, strict=True
        )
    ]
    shown = bands[-(SHOWN_HOURS // DAY) * DAY :]
    row.band_hour = hour_start(this_hour - len(shown))
    row.low = [band.low for band in [*shown, *ahead]]
    row.mid = [band.mid for band in [*shown, *ahead]]
    row.high = [band.high for band in [*shown, *ahead]]
    row.tested_hours = tested.hours
    row.loss_milli = tested.loss_milli
    row.naive_loss_milli = tested.naive_loss_milli
    row.coverage_bp = tested.coverage_bp
    return ahead


def _proposed(
    pool: Pool, ahead: list[Band], history: list[int], costs: PoolCosts, now: datetime
) -> list[Proposed]:
    """Return proposals from the first hour that may still trade on."""
    first_open = hour_number(first_tradable(now))
    skipped = first_open - hour_number(now)
    lows = [band.low for band in ahead[skipped:]]
    committed = committed_by_hour(pool.pk, first_open, len(lows))
    expected = Expected(
        first_hour=first_open,
        idle=tuple(max(low - taken, 0) for low, taken in zip(lows, committed, strict=True)),
        devices_per_node=pool.devices_per_node,
        history=tuple(history),
        history_ends=hour_number(now),
    )
    starts = hour_start(first_open)
    return proposals(
        expected, costs, [hour_of_day(starts + index * HOUR) for index in range(len(lows))]
    )
