"""From an order to a payout on a real Slurm cluster, and what a failed node costs."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from billing.models import Invoice, Payout, Settlement
from config.celery import app
from config.conductor import JOURNEY
from delivery.actions import submit_job
from delivery.adapters.connectors import connector_named
from delivery.domain.handover import AllocationView
from delivery.models import AcceptanceTest, Allocation, Job, JobLog, Reading, SealedUsage
from delivery.queries.handover import view_of, with_place
from ledger.queries import funds_of, hold_remaining
from marketplace.models import Pool
from tests.slurm.conftest import Centre, until
from tests.slurm.lab.table import table_of
from tests.unit.delivery.story import NO_TROUBLE, broken
from tests.world import Deal, World
from timetable.actions import step_to
from timetable.queries import wall_now

DAY = timedelta(days=1)


class Story:
    """The market with one pool whose devices are the cluster's; time steps, sweeps walk."""

    def __init__(self, world: World, centre: Centre) -> None:
        self.world, self.centre = world, centre
        chip = world._chip("lab-gpu", "lab", "CUDA", 1, gflops=1)
        self.pool: Pool = world._pool(
            "wh-1-slurm", world.east_site, chip, 8, connector="lab", per_node=4
        )
        app.loader.import_default_modules()

    def sold(self, *, devices: int) -> Deal:
        deal = self.world.deal(devices=devices, hours=1, price="2.00", pool=self.pool)
        self.world.agree(deal)
        return deal

    def step(self, now: Any) -> None:
        """Let market time be this, and all stages of the journey walk once."""
        step_to(market_at=now, reason="test", wall=wall_now())
        self.walk()

    def walk(self) -> None:
        for leg in JOURNEY:
            for stage in leg.stages:
                app.tasks[stage]()

    @property
    def row(self) -> Allocation:
        return Allocation.objects.get()

    @property
    def view(self) -> AllocationView:
        return view_of(with_place(Allocation.objects.all()).get())


@pytest.fixture
def story(centre: Centre, settings: Any) -> Iterator[Story]:
    path = "delivery.adapters.slurm.connector.SlurmConnector"
    simulated = settings.CONNECTORS["simulated"]
    settings.CONNECTORS = {"simulated": simulated, "lab": (path, table_of(centre.lab))}
    settings.SIMULATED_SITES = dict(NO_TROUBLE)
    connector_named.cache_clear()
    yield Story(World(), centre)
    centre.close("lab")


def run_a_job(story: Story, deal: Deal) -> Job:
    """Ben multiplies on one device of his."""
    program = "import os; print(6 * 7, os.environ['CUDA_VISIBLE_DEVICES'])"
    job = submit_job(
        member_id=story.world.cast.ben.id,
        allocation_id=story.row.pk,
        client_job_id="one",
        name="answer",
        variants={"CUDA": [f"{story.centre.lab.at.folder}/python", "-c", program]},
        devices=1,
        time_limit_s=30,
        now=deal.trade.starts_at,
    )
    walked = app.tasks["delivery.run_jobs"]
    until(lambda: bool(walked()) and Job.objects.get(pk=job.pk).ended_at is not None)
    return Job.objects.get(pk=job.pk)


def test_an_order_becomes_a_reservation_a_job_readings_a_settlement_and_a_payout(
    story: Story,
) -> None:
    ada, ben = story.world.cast.ada.id, story.world.cast.ben.id
    deal = story.sold(devices=2)
    start, end = deal.trade.starts_at, deal.trade.ends_at

    story.step(start - timedelta(minutes=30))

    name = story.row.external_name
    assert story.row.state == "ACCEPTED"
    assert story.centre.reservations() == [name]
    assert AcceptanceTest.objects.get().devices_found == 2

    story.step(start)
    job = run_a_job(story, deal)

    assert (job.state, job.exit_code, job.external_id) == ("SUCCEEDED", 0, f"job-{job.pk}")
    assert JobLog.objects.get().text.startswith("42 ")
    of_account = ("sacct", "-nP", "-X", "-A", name.lower(), "-o", "jobname,state")
    done = f"{name}.job-{job.pk}|COMPLETED"
    until(lambda: done in story.centre.admin(*of_account).splitlines())

    story.step(end)
    until(lambda: bool(story.walk()) or story.row.state == "COMPLETED")
    story.step(end + DAY)
    story.step(end + 2 * DAY)

    assert Reading.objects.count() == 4
    assert SealedUsage.objects.get().delivered_device_seconds == 2 * 3_600
    settled = Settlement.objects.get()
    # ¥ 2.00 an hour and device, and 6 % tax: 4.24; the house keeps 1.5 % of 4.00.
    assert (settled.value_micros, settled.damages_micros) == (4_000_000, 0)
    assert funds_of(ben).available_micros == 1_000_000_000_000 - 4_240_000
    assert hold_remaining(f"trade:{deal.trade.pk}") == 0
    assert Invoice.objects.count() >= 1
    payout = Payout.objects.get(member_id=ada, amount_fen__gt=0)
    assert payout.amount_fen == 418
    assert story.centre.leftovers() == []
    assert broken() == []


def test_a_node_that_fails_in_the_window_is_not_paid_for(story: Story) -> None:
    deal = story.sold(devices=8)
    start, end = deal.trade.starts_at, deal.trade.ends_at
    story.step(start - timedelta(minutes=30))
    story.step(start)
    assert story.row.state == "DELIVERING"

    story.centre.scontrol("update", "nodename=n2", "state=drain", "reason=fan")
    until(lambda: not story.centre.site.inspect(story.view).healthy)
    # A quarter that takes no time of the wall is read over the second before: drained as well.
    time.sleep(1.1)
    Allocation.objects.update(
        heartbeat_at=wall_now() - timedelta(seconds=61), metered_at_wall=wall_now()
    )
    story.step(start + timedelta(minutes=30))
    assert story.row.state == "INTERRUPTED"
    assert "n2" in story.row.state_reason

    story.step(end)
    until(lambda: bool(story.walk()) or story.row.state == "COMPLETED")

    assert SealedUsage.objects.get().delivered_device_seconds == 4 * 3_600
    assert Settlement.objects.get().value_micros == 4 * 2_000_000
    assert story.centre.leftovers() == []
