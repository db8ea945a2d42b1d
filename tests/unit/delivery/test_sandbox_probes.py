"""The sandbox's probes agree with most hours, contest a few, and never ask twice."""

from typing import Any

import pytest

from delivery.actions import seal_due_hours
from delivery.models import MeterDispute, ProbeReading
from sandbox import probes
from tests.unit.delivery.story import QUARTER, Delivery
from tests.world import World


@pytest.fixture
def delivery(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    settings.SIMULATED_SITES = {}
    monkeypatch.setattr(probes, "ONE_IN", 1)
    delivery = Delivery(world, hours=2)
    delivery.begin()
    delivery.quarters(8)
    return delivery


def test_an_hour_is_probed_once_and_a_worse_one_contested(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "WORSE_BP", 10_000)
    now = delivery.start + 8 * QUARTER
    seal_due_hours(now=now)

    assert [probes.probe_hours(now), probes.probe_hours(now)] == [2, 0]
    assert ProbeReading.objects.count() == 8
    assert MeterDispute.objects.filter(state="OPEN").count() == 2


def test_a_probe_that_agrees_contests_nothing(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "WORSE_BP", 0)

    assert probes.probe_hours(delivery.start + 8 * QUARTER) == 2
    assert not MeterDispute.objects.exists()


def test_people_never_have_more_to_decide_than_they_would_read(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "WORSE_BP", 10_000)
    monkeypatch.setattr(probes, "MOST_OPEN", 1)

    probes.probe_hours(delivery.start + 8 * QUARTER)

    assert MeterDispute.objects.count() == 1
