"""An agent's readings arrive once, whatever the generation, and only from a right clock."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest

from delivery.actions import drive_job, prove_readings, seal_due_hours, submit_job, watch_handovers
from delivery.domain.chain import extend, signed_message
from delivery.domain.metering import QuarterReading
from delivery.models import AgentJob, Allocation, Job, Reading
from tests.api.delivery.agent_story import Agent, handed_over, joined
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


@pytest.fixture
def agent(world: World) -> Agent:
    return joined(world)


@pytest.fixture
def delivery(world: World, agent: Agent) -> Delivery:
    """Two hours on four devices, passed, of which nothing was read yet."""
    delivery = handed_over(world, agent)
    agent.beat(delivery.row.external_name)
    delivery.sweep(delivery.start)
    step_to(market_at=delivery.agreement.ends_at, reason="test", wall=wall_now())
    return delivery


def send(agent: Agent, delivery: Delivery, count: int, first: int = 0, **other: Any) -> Any:
    """Send quarters on, in a chain that begins where the platform's stands."""
    meter = agent.beat(delivery.row.external_name).json()["meters"][0]
    start = datetime.fromisoformat(meter["starts_at"])
    readings = [
        QuarterReading(start + (first + k) * QUARTER, 3_600 - k, version=1) for k in range(count)
    ]
    head = extend(meter["head"], meter["length"], readings)[-1]
    body = {
        "fence": agent.fence,
        "chain": meter["chain"],
        "readings": [
            {
                "interval_start": reading.interval_start.isoformat(),
                "delivered_device_seconds": reading.delivered_device_seconds,
            }
            for reading in readings
        ],
        "head": head,
        "signature": agent.sign(signed_message(meter["chain"], head)),
    }
    return agent.call("readings", **(body | other))


def test_readings_arrive_once_and_verify(agent: Agent, delivery: Delivery) -> None:
    first, rest = send(agent, delivery, 5), send(agent, delivery, 3, first=5)
    meter = agent.beat(delivery.row.external_name).json()["meters"][0]

    assert (first.json()["stored"], rest.json()["stored"]) == (5, 3)
    assert datetime.fromisoformat(meter["read_until"]) == delivery.agreement.ends_at
    assert prove_readings(allocation_id=delivery.id).holds
    assert seal_due_hours(now=delivery.agreement.ends_at) == 2
    assert broken() == []


def test_the_chain_goes_on_under_the_next_generation(agent: Agent, delivery: Delivery) -> None:
    send(agent, delivery, 4)
    Allocation.objects.update(generation=2, external_name=f"{delivery.row.external_name[:-1]}2")

    answer = send(agent, delivery, 4, first=4)

    assert answer.json()["stored"] == 4
    assert prove_readings(allocation_id=delivery.id).holds


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"chain": "gh-unknown"}, 404, "E-NOT-FOUND"),
        ({"head": "0" * 64}, 409, "E-READING-03"),
        ({"signature": "0" * 128}, 422, "E-READING-04"),
    ],
)
def test_a_wrong_batch_is_refused(
    agent: Agent, delivery: Delivery, other: dict[str, str], status: int, code: str
) -> None:
    answer = send(agent, delivery, 2, **other)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Reading.objects.exists()


def test_a_clock_that_is_far_off_delivers_no_readings(agent: Agent, delivery: Delivery) -> None:
    body = send(agent, delivery, 1, head="0" * 64)
    assert body.json()["code"] == "E-READING-03"
    agent.beat(delivery.row.external_name, sent_at=wall_now() + timedelta(minutes=2))

    answer = agent.call(
        "readings",
        fence=agent.fence,
        chain="x",
        readings=[{"interval_start": "2026-11-23T06:00:00Z", "delivered_device_seconds": 1}],
        head="0" * 64,
        signature="0" * 128,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "E-AGENT-06")


def job_of(world: World, delivery: Delivery) -> Job:
    return submit_job(
        member_id=world.cast.ben.id,
        person_id=None,
        allocation_id=delivery.id,
        client_job_id="job-1",
        name="hello",
        variants={"CPU": ["echo", "hello"]},
        devices=1,
        time_limit_s=60,
        now=delivery.start,
    )


def test_a_job_runs_at_the_site_and_its_output_comes_back(world: World, agent: Agent) -> None:
    delivery = handed_over(world, agent)
    name = delivery.row.external_name
    agent.beat(name)
    delivery.sweep(delivery.start)
    job = job_of(world, delivery)

    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    command = agent.lease()[0]
    agent.report(command)
    piece = base64.b64encode(b"hello\n").decode()
    known = [
        agent.call(
            "outputs", fence=agent.fence, handover=name, job=command["job"], offset=0, piece=piece
        ).json()["known"]
        for _ in range(2)
    ]
    told = {"handover": name, "job": command["job"], "running": False, "exit_code": 0}
    agent.beat(name, jobs=[told])
    row = drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())

    assert (command["kind"], command["facts"]["argv"]) == ("RUN", ["echo", "hello"])
    assert known == [6, 6]
    assert (row.state, row.exit_code) == ("SUCCEEDED", 0)
    assert "".join(log.text for log in row.logs.all()) == "hello\n"


def test_a_hole_in_the_output_and_unknown_jobs_are_refused(world: World, agent: Agent) -> None:
    delivery = handed_over(world, agent)
    name = delivery.row.external_name
    agent.beat(name)
    delivery.sweep(delivery.start)
    job = job_of(world, delivery)
    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    external = AgentJob.objects.get().job

    def output(**change: Any) -> Any:
        body = {"fence": agent.fence, "handover": name, "job": external, "offset": 0, "piece": ""}
        return agent.call("outputs", **(body | change))

    assert output(offset=7).json()["code"] == "E-AGENT-07"
    assert output(job="another").status_code == 404
    assert output(piece="***").status_code == 400
    assert output(piece="a").status_code == 400


def test_a_job_that_the_agent_has_not_begun_is_taken_back(world: World, agent: Agent) -> None:
    delivery = handed_over(world, agent)
    agent.beat(delivery.row.external_name)
    delivery.sweep(delivery.start)
    job = job_of(world, delivery)
    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    Job.objects.update(cancel_asked=True)

    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    row = drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())

    assert row.state == "CANCELLED"
    assert agent.lease() == []


def test_a_running_job_is_cancelled_at_the_site(world: World, agent: Agent) -> None:
    delivery = handed_over(world, agent)
    name = delivery.row.external_name
    agent.beat(name)
    delivery.sweep(delivery.start)
    job = job_of(world, delivery)
    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    run = agent.lease()[0]
    agent.report(run)
    Job.objects.update(cancel_asked=True)

    for _ in range(2):
        drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    kinds = agent.do()
    told = {"handover": name, "job": run["job"], "running": False, "reason": "cancelled"}
    agent.beat(name, jobs=[told])
    row = drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())

    assert kinds == ["CANCEL"]
    assert row.state == "CANCELLED"
    assert watch_handovers(now=delivery.start, wall=wall_now()) == 1
