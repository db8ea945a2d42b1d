"""From an order to a payout on a pretended cluster, and what a lost node costs."""

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
from delivery.models import AcceptanceTest, Allocation, Attempt, Job, JobLog, Reading, SealedUsage
from delivery.queries.handover import view_of, with_place
from ledger.queries import funds_of, hold_remaining
from tests.kubernetes.conftest import Centre, close
from tests.kubernetes.lab.server import until
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
        self.pool = world._pool("wh-1-k8s", world.east_site, chip, 16, connector="lab")
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

    def deliver_until(self, state: str) -> None:
        """Let the stages of delivery alone walk until the allocation stands there."""
        stages = ("delivery.provision_due", "delivery.read_meters", "delivery.sweep")

        def stands() -> bool:
            for stage in stages:
                app.tasks[stage]()
            return self.row.state == state

        until(stands)

    @property
    def row(self) -> Allocation:
        return Allocation.objects.get()

    @property
    def view(self) -> AllocationView:
        return view_of(with_place(Allocation.objects.all()).get())


@pytest.fixture
def story(centre: Centre, settings: Any) -> Iterator[Story]:
    path = "delivery.adapters.kubernetes.connector.KubernetesConnector"
    simulated = settings.CONNECTORS["simulated"]
    settings.CONNECTORS = {"simulated": simulated, "lab": (path, centre.table)}
    settings.SIMULATED_SITES = dict(NO_TROUBLE)
    connector_named.cache_clear()
    yield Story(World(), centre)
    close("lab")


def run_a_job(story: Story, deal: Deal) -> Job:
    """Ben multiplies on one device of his."""
    program = "import os; print(6 * 7, os.environ['NVIDIA_VISIBLE_DEVICES'])"
    job = submit_job(
        member_id=story.world.cast.ben.id,
        allocation_id=story.row.pk,
        client_job_id="one",
        name="answer",
        variants={"CUDA": ["python3", "-c", program], "CANN": ["npu-smi"]},
        devices=1,
        time_limit_s=30,
        now=deal.trade.starts_at,
    )
    walked = app.tasks["delivery.run_jobs"]
    until(lambda: bool(walked()) and Job.objects.get(pk=job.pk).ended_at is not None)
    return Job.objects.get(pk=job.pk)


def test_an_order_becomes_a_namespace_a_job_readings_a_settlement_and_a_payout(
    story: Story,
) -> None:
    ada, ben = story.world.cast.ada.id, story.world.cast.ben.id
    deal = story.sold(devices=2)
    start, end = deal.trade.starts_at, deal.trade.ends_at

    story.step(start - timedelta(minutes=30))
    story.deliver_until("ACCEPTED")

    assert list(story.centre.site.inventory()) == [story.row.external_name]
    assert AcceptanceTest.objects.get().devices_found == 2
    assert not Attempt.objects.filter(tries__gt=1).exists()
    until(lambda: story.centre.whole(story.view))

    story.step(start)
    job = run_a_job(story, deal)

    assert (job.state, job.exit_code, job.external_id) == ("SUCCEEDED", 0, f"job-{job.pk}")
    assert JobLog.objects.get().text == "42 GPU-0\n"
    until(lambda: story.centre.whole(story.view))

    story.step(end)
    story.deliver_until("COMPLETED")
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


def test_a_node_that_is_lost_in_the_window_is_not_paid_for(story: Story) -> None:
    deal = story.sold(devices=16)
    start, end = deal.trade.starts_at, deal.trade.ends_at
    story.step(start - timedelta(minutes=30))
    story.deliver_until("ACCEPTED")
    until(lambda: story.centre.whole(story.view))
    story.step(start)
    assert story.row.state == "DELIVERING"

    story.centre.cluster.set_ready("n2", "False", "KubeletNotReady", since_s=1)
    long_ago = wall_now() - timedelta(seconds=61)
    Allocation.objects.update(heartbeat_at=long_ago, metered_at_wall=wall_now())
    story.step(start + timedelta(minutes=30))
    assert story.row.state == "INTERRUPTED"
    assert "n2 is not ready" in story.row.state_reason

    story.step(end)
    story.deliver_until("COMPLETED")

    delivered = SealedUsage.objects.get().delivered_device_seconds
    assert 8 * 3_600 <= delivered < 9 * 3_600
    assert Settlement.objects.get().value_micros < 16 * 2_000_000
    assert broken() == []
    story.centre.cluster.set_ready("n2", "True", "KubeletReady")
    until(lambda: bool(app.tasks["delivery.sweep"]()) or story.centre.leftovers() == [])


def test_a_namespace_that_somebody_deleted_is_made_anew_as_the_next_generation(
    story: Story,
) -> None:
    deal = story.sold(devices=2)
    story.step(deal.trade.starts_at - timedelta(minutes=30))
    story.deliver_until("ACCEPTED")
    story.step(deal.trade.starts_at)
    name = story.row.external_name.lower()
    with story.centre.cluster.store.lock:
        body = story.centre.cluster.store.get("Namespace", "", name)
        body["metadata"]["deletionTimestamp"] = "2026-12-01T00:00:00Z"

    app.tasks["delivery.sweep"]()
    until(lambda: bool(app.tasks["delivery.sweep"]()) or story.row.generation == 2)
    story.deliver_until("DELIVERING")

    assert story.row.external_name.endswith("-g2")
    assert list(story.centre.site.inventory()) == [story.row.external_name]
    assert broken() == []


def test_a_hand_over_that_the_cluster_has_no_room_for_fails_and_leaves_nothing(
    story: Story,
) -> None:
    deal = story.sold(devices=2)
    for node in ("n1", "n2"):
        story.centre.cluster.set_ready(node, "False", "KubeletNotReady")
    start = deal.trade.starts_at
    story.step(start - timedelta(minutes=30))
    assert story.row.state == "PROVISIONING"

    story.step(start + timedelta(hours=1))

    assert story.row.state == "FAILED"
    assert story.centre.leftovers() == []
    assert broken() == []
