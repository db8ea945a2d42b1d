"""The real agent against the real platform: a lost day, a kill in the middle, a second agent."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.client import Doors
from gridhour_agent.conformance.checks import CHECKS
from gridhour_agent.conformance.suite import Subject, run
from gridhour_agent.connectors.process import ProcessConnector
from pytest_django.live_server_helper import LiveServer

from delivery.actions import (
    prove_readings,
    provision,
    read_meters,
    set_city_probe,
    sweep,
    sweep_agents,
)
from delivery.adapters.agent.connector import AgentConnector
from delivery.adapters.agent.queue import ask
from delivery.domain.handover import JobSpec
from delivery.models import AgentCommand, AgentHandover, Allocation, Reading, SiteAgent
from delivery.queries.handover import view_of, with_place
from tests.api.delivery.agent_story import agent_pool, code_for, handed_over, joined
from tests.services.agent_process import AgentProcess, Network, agent_at, until
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.actions import set_clock, step_to
from timetable.queries import market_now, wall_now

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("services")]
DAY_IN_15_S = 5_760


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    """The tiny market at rest; state of sites in a folder of the test's own."""
    settings.VAR_DIR = tmp_path
    world = World()
    step_to(market_at=world.now, reason="test", wall=wall_now())
    return world


@pytest.fixture
def network(world: World, live_server: LiveServer) -> Iterator[Network]:
    """The way from the agent to the platform."""
    network = Network(int(live_server.url.rpartition(":")[2]))
    yield network
    network.close()


def pump(delivery: Delivery) -> str:
    """Do once what the conductor does all the time; return the allocation's state."""
    now, wall = market_now(), wall_now()
    sweep_agents(wall=wall)
    if delivery.row.state in {"PLANNED", "PROVISIONING"}:
        provision(allocation_id=delivery.id, now=now, wall=wall)
    read_meters(now=now, wall=wall)
    sweep(now=now, wall=wall)
    return delivery.row.state


def accepted(delivery: Delivery, agent: AgentProcess) -> None:
    until(lambda: pump(delivery) == "ACCEPTED", agent)


def test_after_a_day_without_network_all_readings_arrive_once_and_verify(
    world: World, network: Network, tmp_path: Path
) -> None:
    delivery = Delivery(world, devices=4, hours=24, pool=agent_pool(world))
    with agent_at(tmp_path / "agent", network.url) as agent:
        agent.enrol(world)
        agent.start()
        accepted(delivery, agent)
        set_clock(market_at=delivery.start, factor=DAY_IN_15_S, reason="test", wall=wall_now())
        until(lambda: pump(delivery) == "DELIVERING" and Reading.objects.exists(), agent)
        network.lose()
        before = Reading.objects.count()
        until(lambda: market_now() >= delivery.agreement.ends_at, agent)
        assert Reading.objects.count() <= before + 96 // 4, "the network was not lost"

        network.heal()
        until(lambda: Reading.objects.count() == 96, agent)
        until(lambda: pump(delivery) == "COMPLETED", agent)
        until(lambda: SiteAgent.objects.get().backlog_readings == 0, agent)

    starts = list(Reading.objects.order_by("sequence").values_list("interval_start", flat=True))
    assert starts == [delivery.start + k * QUARTER for k in range(96)]
    assert set(Reading.objects.values_list("delivered_device_seconds", flat=True)) == {3_600}
    assert prove_readings(allocation_id=delivery.id).holds
    assert SiteAgent.objects.get().dropped_readings == 0
    assert broken() == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_agent_killed_while_it_hands_over_leaves_exactly_one_live_hand_over(
    world: World, network: Network, tmp_path: Path, moment: str
) -> None:
    delivery = Delivery(world, devices=1, pool=agent_pool(world))
    state = tmp_path / "agent"
    site = ProcessConnector(state)
    with agent_at(state, network.url) as agent:
        agent.enrol(world, "tests.services.slow_site:SlowSite")
        (state / f"wait-{moment}").touch()
        agent.start()
        until(lambda: pump(delivery) == "PROVISIONING" and (state / "waits").exists(), agent)
        made = [site._place(name).living_pid() for name in site.inventory()]

        agent.kill()
        (state / f"wait-{moment}").unlink()
        agent.start()
        accepted(delivery, agent)

    name = delivery.row.external_name
    pids = [site._place(one).living_pid() for one in site.inventory()]
    commands = AgentCommand.objects.filter(kind="PROVISION")
    try:
        assert list(site.inventory()) == [name]
        assert len(made) == (0 if moment == "before" else 1)
        assert not made or made == pids
        assert list(commands.values_list("state", "leases")) == [("DONE", 2)]
        assert list(Allocation.objects.values_list("external_name", "generation")) == [(name, 1)]
        assert list(AgentHandover.objects.values_list("external_name", "gone_at")) == [(name, None)]
        assert broken() == []
    finally:
        site.release(name)


def test_of_two_agents_of_one_site_the_fenced_one_ends(
    world: World, network: Network, tmp_path: Path
) -> None:
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    with (
        agent_at(tmp_path / "first", network.url) as first,
        agent_at(tmp_path / "second", network.url) as second,
    ):
        first.enrol(world)
        shutil.copytree(first.state, second.state, dirs_exist_ok=True)
        first.start()
        until(lambda: SiteAgent.objects.filter(state="CONNECTED").exists(), first)
        fence = SiteAgent.objects.get().fence
        second.start()

        assert first.ended() == 3
        accepted(delivery, second)

    assert "another agent of this site has begun" in first.log()
    assert SiteAgent.objects.get().fence == fence + 1
    assert set(AgentCommand.objects.values_list("fence", flat=True)) == {fence + 1}


def test_the_platform_conforms(world: World, live_server: LiveServer) -> None:
    delivery = handed_over(world, joined(world))
    step_to(market_at=delivery.start + 4 * QUARTER, reason="test", wall=wall_now())
    AgentHandover.objects.update(reported_at=wall_now())
    delivery.sweep(market_now())
    view = view_of(with_place(Allocation.objects.filter(pk=delivery.id)).get())
    AgentConnector().run_job(view, JobSpec("job-1", ("true",), 1, 10))
    facts = {"devices": 1, "gflops_per_device": 1}
    for kind in ("PROVISION", "ACCEPT"):
        ask(world.west_site.pk, kind, "gh-CONFORM-0-g1", facts=facts)

    set_city_probe(city="shanghai", host="127.0.0.1", port=7_380)
    with closing(Doors(live_server.url)) as doors:
        found = run(Subject(doors, lambda: code_for(world)), CHECKS)

    assert {one.check: one.why for one in found if one.verdict != "holds"} == {}
    assert broken() == []
