"""What an agent stops saying: silence is borne, what is gone is made anew, orphans end."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery.actions import provision, sweep, sweep_agents, watch_handovers
from delivery.actions.sweeping import release_orphans
from delivery.models import Allocation, SiteAgent
from tests.api.delivery.agent_story import agent_pool, handed_over, joined
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


def test_a_silent_agent_is_suspect_then_lost_and_back_when_heard(world: World) -> None:
    agent = joined(world)
    wall = wall_now()
    states = []
    for seconds in (30, 61, 300, 601):
        sweep_agents(wall=wall + timedelta(seconds=seconds))
        states.append(SiteAgent.objects.get().state)

    assert states == ["CONNECTED", "SUSPECT", "SUSPECT", "LOST"]
    assert agent.beat().status_code == 200
    assert SiteAgent.objects.get().state == "CONNECTED"


def test_silence_interrupts_and_does_not_end(world: World) -> None:
    agent = joined(world)
    delivery = handed_over(world, agent)
    name = delivery.row.external_name
    agent.beat(name)
    delivery.sweep(delivery.start)
    SiteAgent.objects.update(heard_at=wall_now() - timedelta(minutes=2))
    Allocation.objects.update(heartbeat_at=wall_now() - timedelta(minutes=2))

    watch_handovers(now=delivery.start, wall=wall_now())
    silent = delivery.row.state
    agent.beat(name)
    watch_handovers(now=delivery.start, wall=wall_now())

    assert (silent, delivery.row.state) == ("INTERRUPTED", "DELIVERING")
    assert delivery.row.generation == 1


def test_a_hand_over_that_is_gone_is_made_anew_once(world: World) -> None:
    step_to(market_at=world.now, reason="test", wall=wall_now())
    agent = joined(world)
    delivery = handed_over(world, agent)
    agent.beat(delivery.row.external_name)
    delivery.sweep(delivery.start)

    agent.beat()
    kinds = []
    for _ in range(6):
        watch_handovers(now=delivery.start, wall=wall_now())
        kinds += agent.do()
    agent.beat(delivery.row.external_name)
    sweep(now=delivery.start, wall=wall_now())

    assert kinds == ["PROVISION", "ACCEPT"]
    assert (delivery.row.generation, delivery.row.state) == (2, "DELIVERING")
    assert broken() == []


def test_what_the_agent_lost_before_the_test_is_made_again(world: World) -> None:
    agent = joined(world)
    delivery = Delivery(world, devices=4, pool=agent_pool(world))
    delivery.hand_over()
    agent.do()
    agent.beat()

    kinds = []
    for _ in range(3):
        provision(allocation_id=delivery.id, now=world.now, wall=wall_now())
        kinds += agent.do()

    assert kinds == ["PROVISION", "ACCEPT"]
    assert delivery.hand_over().state == "ACCEPTED"


def test_an_orphan_is_released_once_at_a_time(world: World) -> None:
    agent = joined(world)
    agent.beat("gh-GH-2026-999999-g1")

    for _ in range(4):
        release_orphans()

    assert agent.do() == ["RELEASE"]
    assert release_orphans() == 0


def test_many_hand_overs_of_agents_are_watched_by_as_many_questions_as_one(world: World) -> None:
    agent, pool, counts = joined(world), agent_pool(world), []
    names: list[str] = []
    for _ in range(4):
        delivery = Delivery(world, devices=2, pool=pool)
        for _ in range(3):
            delivery.hand_over()
            agent.do()
        assert delivery.hand_over().state == "ACCEPTED"
        names.append(delivery.row.external_name)
        agent.beat(*names)
        with CaptureQueriesContext(connection) as asked:
            assert watch_handovers(now=world.now, wall=wall_now()) == len(names)
        counts.append(len(asked))

    assert len(set(counts)) == 1
