"""An agent takes work by lease; whoever is fenced off changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from delivery.actions import sweep_agents
from delivery.actions.sweeping import release_orphans
from delivery.domain.retry import MAX_TRIES
from delivery.domain.site_agent import COMMAND_LIFE, LEASE, MAX_LEASES
from delivery.models import AgentCommand, AgentHandover
from tests.api.delivery.agent_story import agent_pool, caller, joined
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


def test_a_hand_over_goes_through_the_agent(world: World) -> None:
    step_to(market_at=world.now, reason="test", wall=wall_now())
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))

    states, kinds = [], []
    for _ in range(3):
        states.append(delivery.hand_over().state)
        kinds += agent.do()

    assert states == ["PROVISIONING", "PROVISIONING", "ACCEPTED"]
    assert kinds == ["PROVISION", "ACCEPT"]
    assert AgentHandover.objects.get(gone_at=None).external_name == delivery.row.external_name
    assert broken() == []


def test_waiting_for_an_agent_spends_no_try(world: World) -> None:
    joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))

    states = {delivery.hand_over().state for _ in range(MAX_TRIES + 3)}

    assert states == {"PROVISIONING"}
    assert AgentCommand.objects.count() == 1


def test_what_the_agent_never_takes_fails_at_the_deadline(world: World) -> None:
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()

    row = delivery.hand_over(now=delivery.start + timedelta(hours=1))
    swept = sweep_agents(wall=wall_now())

    assert (row.state, row.state_reason) == ("FAILED", "not handed over in time")
    assert swept.withdrawn == 1


def test_a_failure_at_the_site_is_one_try_and_asked_again(world: World) -> None:
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()
    agent.report(agent.lease()[0], "FAILED", error="no node is free")

    delivery.hand_over()
    later = wall_now() + timedelta(seconds=61)
    delivery.hand_over(wall=later)

    event = delivery.row.events.get(kind="SITE_FAILED")
    assert event.facts == {"error": "no node is free", "tries": 1}
    assert [command["kind"] for command in agent.lease()] == ["PROVISION"]


def test_a_short_acceptance_fails_the_hand_over(world: World) -> None:
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()
    agent.do()
    delivery.hand_over()
    agent.do(devices_found=3)

    row = delivery.hand_over()

    assert (row.state, row.state_reason) == ("FAILED", "acceptance: 3 of 4 devices found")
    agent.beat(row.external_name)
    assert release_orphans() == 1
    assert agent.do() == ["RELEASE"]
    assert not AgentHandover.objects.filter(gone_at=None).exists()


def test_a_lease_is_given_once(world: World) -> None:
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()

    assert len(agent.lease()) == 1
    assert agent.lease() == []


def test_what_was_given_and_not_heard_is_given_again_at_once(world: World) -> None:
    """The answer was lost: the agent holds nothing, and need not wait for the lease's end."""
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()
    first = agent.lease()

    held = agent.call("leases", fence=agent.fence, holding=[first[0]["command"]])
    again = agent.call("leases", fence=agent.fence, holding=[]).json()["commands"]

    assert held.json()["commands"] == []
    assert [one["command"] for one in again] == [one["command"] for one in first]
    assert again[0]["lease"] == first[0]["lease"] + 1
    assert agent.report(first[0]).json()["code"] == "E-AGENT-04"
    assert agent.report(again[0]).status_code == 200


def test_the_same_report_again_answers_the_same_and_another_is_a_conflict(world: World) -> None:
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()
    command = agent.lease()[0]

    answers = [agent.report(command).json() for _ in range(3)]
    other = agent.report(command, "FAILED", error="changed my mind")

    assert answers == [{"command": command["command"], "state": "DONE"}] * 3
    assert (other.status_code, other.json()["code"]) == (409, "E-AGENT-05")


def test_a_lease_that_is_over_reports_nothing(world: World) -> None:
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()
    first = agent.lease()[0]

    assert sweep_agents(wall=wall_now() + LEASE).freed == 1
    swept = agent.report(first)
    second = agent.lease()[0]
    stale = agent.report(first)

    assert {swept.json()["code"], stale.json()["code"]} == {"E-AGENT-04"}
    assert second["lease"] == first["lease"] + 1
    assert agent.report(second).status_code == 200


def test_of_two_agents_of_one_site_the_fenced_one_loses(world: World) -> None:
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()
    command, old = agent.lease()[0], agent.fence
    agent.begin()
    new = agent.fence

    again = agent.lease()
    agent.fence = old
    answers = [
        agent.report(command),
        agent.beat("gh-anything-g1"),
        agent.call("leases", fence=old),
        agent.call(
            "readings", fence=old, chain="x", readings=[READING], head="0" * 64, signature="0" * 128
        ),
        agent.call("outputs", fence=old, handover="x", job="y", offset=0, piece=""),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (409, "E-AGENT-03")
    }
    assert f"site's session is {new}" in answers[0].json()["title"]
    assert not AgentHandover.objects.exists()
    agent.fence = new
    assert agent.report(again[0]).status_code == 200


READING = {"interval_start": "2026-11-23T06:00:00Z", "delivered_device_seconds": 1}


def test_a_command_leased_too_often_is_given_up_and_counts_as_a_try(world: World) -> None:
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()
    for _ in range(MAX_LEASES):
        assert len(agent.lease()) == 1
        sweep_agents(wall=wall_now() + LEASE)

    assert agent.lease() == []
    delivery.hand_over()
    assert delivery.row.events.filter(kind="SITE_FAILED").count() == 1


def test_a_command_that_nobody_takes_ends(world: World) -> None:
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()

    assert sweep_agents(wall=wall_now() + COMMAND_LIFE).expired == 1
    assert AgentCommand.objects.get().state == "EXPIRED"


def test_an_acceptance_without_figures_is_refused(world: World) -> None:
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()
    agent.do()
    delivery.hand_over()
    command = agent.lease()[0]

    assert agent.report(command).json()["code"] == "E-AGENT-09"
    for evidence in ({"x": "\0"}, {"x": "y" * 20_000}, "text"):
        measured = {"devices_found": 4, "gflops_per_device": 1, "evidence": evidence}
        assert agent.report(command, measured=measured).status_code == 400


def test_other_sites_work_is_out_of_reach(world: World) -> None:
    pool = world._pool("wh-1-agent", world.east_site, world.cpu, 16, connector="agent", per_node=1)
    Delivery(world, devices=4, pool=pool).hand_over()
    agent = joined(world)
    command = AgentCommand.objects.get()
    AgentCommand.objects.update(state="LEASED", lease_until=wall_now() + LEASE, leases=1)

    answer = agent.report({"command": command.pk, "lease": 1})

    assert agent.lease() == []
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"handovers": [{"handover": "x"}]},
        {"handovers": [{"handover": f"n{k}", "healthy": True} for k in range(1_001)]},
        {"backlog_readings": -1},
        {"backlog_readings": "many"},
        {"surprise": 1},
        {"fence": 0},
    ],
)
def test_a_heartbeat_of_the_wrong_shape_is_refused(world: World, change: dict[str, Any]) -> None:
    assert joined(world).beat(**change).status_code == 400


def test_another_version_of_the_protocol_is_refused(world: World) -> None:
    answer = joined(world).begin(protocol=2)

    assert (answer.status_code, answer.json()["code"]) == (422, "E-AGENT-08")


def test_the_owner_sees_how_the_agent_is(world: World) -> None:
    agent = joined(world)
    Delivery(world, devices=4, pool=agent_pool(world)).hand_over()
    agent.beat(
        "gh-a-g1", backlog_readings=7, sent_at=wall_now() - timedelta(seconds=9), dropped_readings=2
    )

    row = caller(world.cast.ada).get("/api/v1/site-agents/").json()["results"][0]

    assert (row["backlog_readings"], row["dropped_readings"], row["handovers"]) == (7, 2, 1)
    assert (row["commands_queued"], row["commands_leased"]) == (1, 0)
    assert -9_500 < row["skew_ms"] <= -9_000
