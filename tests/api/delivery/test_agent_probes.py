"""What agents measure of the ways to demand cities replaces estimates, once there is enough."""

import json
import threading
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from gridhour_agent.probe_server import Responder
from gridhour_agent.probing import Bounds, measure

from delivery.actions import set_city_probe
from delivery.domain.path import LEAST_MEASUREMENTS, PathMeasured, least_rtt_us, probe_message
from delivery.models import PathMeasurement
from delivery.queries.paths import measured_path
from marketplace.models import NetworkMeasurement
from tests.api.delivery.agent_story import Agent, joined
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.actions import set_clock
from timetable.queries import market_now, wall_now


@pytest.fixture
def agent(world: World) -> Agent:
    set_clock(market_at=world.now, factor=0, reason="test", wall=wall_now())
    set_city_probe(city="shanghai", host="probe.example", port=7_380)
    agent = joined(world)
    agent.beat()
    return agent


FIGURES = {
    "samples": 20,
    "lost": 0,
    "rtt_median_us": 30_000,
    "rtt_p95_us": 33_000,
    "mbps_down": 900,
    "mbps_up": 800,
    "moved_bytes": 1_000_000,
}


def send(agent: Agent, *, ago: timedelta = timedelta(0), **other: Any) -> Any:
    """Send a measurement, signed; `signed` names figures that the signature says instead."""
    at = other.pop("measured_at", None) or (wall_now() - ago).isoformat()
    city, signed = other.pop("city", "shanghai"), other.pop("signed", {})
    figures = FIGURES | other
    found = PathMeasured(wall_now(), **(figures | signed))
    signature = agent.sign(probe_message(agent.name, city, at, found))
    return agent.call(
        "measurements", fence=agent.fence, city=city, measured_at=at, signature=signature, **figures
    )


def measure_often(agent: Agent, **figures: int) -> None:
    for index in range(LEAST_MEASUREMENTS):
        answer = send(agent, ago=timedelta(minutes=15 * index), **figures)
        assert answer.status_code == 201, answer.content


def known(world: World) -> int | None:
    way = measured_path(world.west_site.pk, world.city.pk, market_now())
    return way.rtt_us if way else None


def test_an_agent_hears_what_to_measure(agent: Agent) -> None:
    told = agent.call("probes", fence=agent.fence).json()

    assert told["targets"] == [{"city": "shanghai", "host": "probe.example", "port": 7_380}]
    assert told["bounds"] == {"samples": 20, "most_bytes": 8 << 20, "most_seconds": 3}
    set_city_probe(city="shanghai", host="", port=1)
    assert agent.call("probes", fence=agent.fence).json()["targets"] == []
    assert agent.call("probes", fence=agent.fence + 1).json()["code"] == "E-AGENT-03"


def test_enough_measurements_replace_the_figure_that_the_market_goes_by(
    world: World, agent: Agent
) -> None:
    NetworkMeasurement.objects.update(method="ESTIMATED")
    for index in range(LEAST_MEASUREMENTS - 1):
        send(agent, ago=timedelta(hours=index))
    assert known(world) is None

    send(agent, ago=timedelta(hours=5))

    assert known(world) == 30_000
    assert NetworkMeasurement.objects.filter(site=world.west_site, method="MEASURED").count() == 1


def test_the_worst_of_a_day_counts_and_old_measurements_do_not(world: World, agent: Agent) -> None:
    measure_often(agent)
    send(agent, ago=timedelta(minutes=1), rtt_median_us=44_000, rtt_p95_us=50_000)
    assert known(world) == 44_000

    assert send(agent, ago=timedelta(hours=25)).json()["code"] == "E-PROBE-01"


def test_a_figure_that_hardly_moves_is_not_told_again(world: World, agent: Agent) -> None:
    measure_often(agent)
    before = NetworkMeasurement.objects.count()

    send(agent, ago=timedelta(minutes=1), rtt_median_us=30_500)

    assert NetworkMeasurement.objects.count() == before


def test_a_measurement_is_stored_once_and_never_changed(agent: Agent) -> None:
    at = wall_now().isoformat()

    first, again = send(agent, measured_at=at), send(agent, measured_at=at)
    other = send(agent, measured_at=at, lost=1)

    assert (first.status_code, first.json()) == (201, {"stored": True})
    assert (again.status_code, again.json()) == (200, {"stored": False})
    assert (other.status_code, other.json()["code"]) == (409, "E-PROBE-02")
    assert PathMeasurement.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"rtt_median_us": 1}, "E-PROBE-01"),  # faster than light
        ({"rtt_p95_us": 29_999}, "E-PROBE-01"),
        ({"lost": 20}, "E-PROBE-01"),
        ({"moved_bytes": 1 << 40}, "E-PROBE-01"),
        ({"ago": timedelta(minutes=-2)}, "E-PROBE-01"),
        ({"signed": {"rtt_median_us": 31_000}}, "E-PROBE-03"),
        ({"city": "nowhere"}, "E-NOT-FOUND"),
    ],
)
def test_what_cannot_be_true_or_is_not_proved_is_refused(
    agent: Agent, other: dict[str, Any], code: str
) -> None:
    assert send(agent, **other).json()["code"] == code
    assert not PathMeasurement.objects.exists()


def test_measurements_wait_while_the_agents_clock_is_off(agent: Agent) -> None:
    agent.beat(sent_at=wall_now() + timedelta(minutes=2))

    assert send(agent).json()["code"] == "E-AGENT-06"


def test_light_goes_a_thousand_kilometres_and_back_in_less_than_seven_milliseconds() -> None:
    assert least_rtt_us((0, 0), (0, 9_000_000)) == pytest.approx(6_676, abs=10)


def test_devices_farther_away_than_contracted_are_not_delivered(world: World, agent: Agent) -> None:
    measure_often(agent, rtt_median_us=30_000)
    near = Delivery(world)
    order = near.agreement.trade.order if near.agreement.trade else None
    assert order is not None
    order.city, order.max_rtt_us = world.city, 25_000
    order.save()
    promise(near, 25_000)

    row = near.hand_over()

    assert row.state == "FAILED"
    assert row.state_reason == "acceptance: round trip of 30000 µs, 25000 contracted"
    test = row.acceptance_tests.get()
    assert (test.passed, test.evidence["path"]["rtt_us"]) == (False, 30_000)


def promise(delivery: Delivery, most_rtt_us: int) -> None:
    """Let the agreement say a round trip, as one that was concluded for a city does."""
    from contracts.models import AgreementVersion

    version = AgreementVersion.objects.get(agreement=delivery.agreement)
    AgreementVersion.objects.create(
        agreement=delivery.agreement,
        version=version.version + 1,
        terms=version.terms | {"max_rtt_us": most_rtt_us},
        terms_sha256=version.terms_sha256[::-1],
        effective_from=version.effective_from,
    )


def test_a_real_probe_over_a_real_connection_is_taken(world: World, agent: Agent) -> None:
    """The city's responder stands where the site does: no light forbids what is measured."""
    site = world.west_site
    world.city.latitude_udeg, world.city.longitude_udeg = site.latitude_udeg, site.longitude_udeg
    world.city.save()
    responder = Responder("127.0.0.1", 0)
    threading.Thread(target=responder.serve, daemon=True).start()
    try:
        found = measure(*responder.address, Bounds(20, 1 << 16, 1))
    finally:
        responder.stop()

    answer = send(agent, **vars(found))

    assert answer.status_code == 201, answer.content
    assert PathMeasurement.objects.get().rtt_median_us == found.rtt_median_us


def test_the_operator_names_responders_by_a_command(world: World) -> None:
    out = StringIO()
    call_command("city_probe", "shanghai", "10.0.0.1:7380", stdout=out)
    call_command("city_probe", "shanghai", "off", stdout=out)

    assert out.getvalue().splitlines()[1] == "shanghai: off"
    for wrong in (("nowhere", "a:1"), ("shanghai", "a"), ("shanghai", "a:70000")):
        with pytest.raises(CommandError):
            call_command("city_probe", *wrong)


def test_the_request_says_whether_a_round_trip_was_measured(world: World, agent: Agent) -> None:
    NetworkMeasurement.objects.update(method="ESTIMATED")
    world.listing(start=0, hours=2)
    assert placements(world)[0]["rtt_measured_at"] is None

    measure_often(agent)

    assert placements(world)[0]["rtt_us"] == 30_000
    assert placements(world)[0]["rtt_measured_at"] is not None


def placements(world: World) -> list[dict[str, Any]]:
    from tests.api.delivery.agent_story import caller

    body = {
        "amount": 8,
        "unit": "DEVICES",
        "hours": 2,
        "earliest": world.hour(0).isoformat(),
        "latest": world.hour(2).isoformat(),
        "city": "shanghai",
        "limit_micros": 9_000_000,
    }
    answer = caller(world.cast.ben).post(
        "/api/v1/orders/preview/", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return list(answer.json()["placements"])
