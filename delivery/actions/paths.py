"""Take measurements of the ways to demand cities, and let the market go by them."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from delivery.actions.agent_sessions import check_clock
from delivery.adapters.signatures import verifies
from delivery.domain.path import (
    PathMeasured,
    figure_of,
    least_rtt_us,
    path_flag_of,
    probe_message,
    worth_telling,
)
from delivery.domain.refusals import (
    MeasurementConflict,
    MeasurementRefused,
    MeasurementUnproved,
)
from delivery.models import CityProbe, PathMeasurement, SiteAgent
from delivery.queries.paths import FIGURES, measured_path, recent_measurements
from exchange.refusal import NotFound
from marketplace.actions import publish_round_trip
from marketplace.models import City


@transaction.atomic
def take_measurement(
    *,
    agent_id: int,
    fence: int,
    city: str,
    found: PathMeasured,
    said_at: str,
    signature: str,
    now: datetime,
    wall: datetime,
) -> bool:
    """Store one measurement of an agent's way to a city; tell whether it was new.

    The same again changes nothing. Refuses what cannot be true with MeasurementRefused, other
    figures for a stored instant with MeasurementConflict, another key's signature with
    MeasurementUnproved, and a clock that is off with ClockOff. NotFound for a city without a
    responder. The market goes by it once there are enough.
    """
    agent = check_clock(agent_id=agent_id, fence=fence)
    probe = CityProbe.objects.filter(city__code=city, active=True).select_related("city").first()
    if probe is None:
        raise NotFound
    _check(agent, probe.city, found, wall)
    message = probe_message(agent.name, city, said_at, found)
    if not verifies(agent.site_key.public_key, signature, message):
        raise MeasurementUnproved
    if _known(agent, probe.city, found):
        return False
    PathMeasurement.objects.create(
        site=agent.site,
        city=probe.city,
        agent=agent,
        site_key=agent.site_key,
        received_at=wall,
        signature=signature,
        **asdict(found),
    )
    _publish(agent.site_id, probe.city_id, now, wall)
    return True


def _check(agent: SiteAgent, city: City, found: PathMeasured, wall: datetime) -> None:
    site = agent.site
    least_us = least_rtt_us(
        (site.latitude_udeg, site.longitude_udeg), (city.latitude_udeg, city.longitude_udeg)
    )
    if flag := path_flag_of(found, least_us=least_us, wall=wall):
        raise MeasurementRefused(flag=flag)


def _known(agent: SiteAgent, city: City, found: PathMeasured) -> bool:
    """Tell whether the measurement is stored; refuse other figures for its instant."""
    rows = PathMeasurement.objects.filter(
        site_id=agent.site_id, city=city, measured_at=found.measured_at
    )
    before = rows.values_list(*FIGURES).first()
    if before is not None and PathMeasured(*before) != found:
        raise MeasurementConflict
    return before is not None


def _publish(site_id: int, city_id: int, now: datetime, wall: datetime) -> None:
    """Replace the figure that the market goes by, where there are enough and it has moved."""
    figure = figure_of(recent_measurements(site_id, city_id, wall), wall)
    known = measured_path(site_id, city_id, now)
    if figure is not None and worth_telling(figure, known.rtt_us if known else None):
        publish_round_trip(
            site_id=site_id,
            city_id=city_id,
            rtt_us=figure.rtt_us,
            rtt_p95_us=figure.rtt_p95_us,
            now=now,
        )


def set_city_probe(*, city: str, host: str, port: int) -> CityProbe:
    """Name a demand city's responder; an empty host ends measuring. NotFound for no such city."""
    row = City.objects.filter(code=city).first()
    if row is None:
        raise NotFound
    probe, _ = CityProbe.objects.update_or_create(
        city=row, defaults={"host": host or "-", "port": port, "active": bool(host)}
    )
    return probe
