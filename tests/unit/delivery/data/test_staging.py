"""Data from its buyer to a site: as far as a turn goes, with its reasons, to its end."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from delivery.actions import fail_allocation, stage_again, withdraw_dataset
from delivery.actions.data.clearing import take_data_along
from delivery.actions.data.staging import GIVEN_UP, stage_dataset
from delivery.adapters.connector import ConnectorFailed
from delivery.domain.data import MEBIBYTE
from delivery.domain.handover import AllocationView, Held
from delivery.domain.retry import MAX_TRIES
from delivery.models import AcceptanceTest, Allocation, Attempt, DataPiece, Dataset, Substitution
from delivery.queries.data import data_at, percents_staged
from delivery.tasks import stage_data
from exchange.lifecycle import MoveRefused
from sandbox.sites import SimulatedConnector
from tests.unit.delivery.data.data_story import FILES, fresh, given, staged_bytes, turn
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.queries import wall_now

HOUR = timedelta(hours=1)


class PoorSite(SimulatedConnector):
    """As the simulated site, but it takes no data, for a reason or by a mistake."""

    why: Exception = ConnectorFailed("the disk is full")

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        """Refuse."""
        raise self.why


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    assert delivery.hand_over().state == "ACCEPTED"
    return delivery


def at_poor_site(delivery: Delivery, settings: Any) -> None:
    settings.CONNECTORS = {**settings.CONNECTORS, "poor": f"{__name__}.PoorSite"}
    Allocation.objects.filter(pk=delivery.id).update(connector="poor")


def six_times(dataset: Dataset, delivery: Delivery) -> None:
    wall = wall_now()
    for _try in range(MAX_TRIES):
        stage_dataset(dataset_id=dataset.pk, now=delivery.start, wall=wall)
        wall += HOUR


def test_data_comes_to_the_site_before_the_window(delivery: Delivery) -> None:
    dataset = given(delivery)
    assert fresh(dataset).state == "UPLOADED"

    turn(delivery)

    assert delivery.row.state == "ACCEPTED"
    assert (fresh(dataset).state, fresh(dataset).generation) == ("STAGED", 1)
    assert staged_bytes(dataset) == {name: len(content) for name, content in FILES.items()}
    assert data_at([delivery.id])[delivery.id].staged == {"words"}
    assert broken() == []


def test_the_timetable_s_task_brings_it(delivery: Delivery) -> None:
    dataset = given(delivery)

    assert stage_data() == 1

    assert fresh(dataset).state == "STAGED"


def test_nothing_is_brought_before_the_hand_over_stands(world: World) -> None:
    delivery = Delivery(world)
    dataset = given(delivery)

    turn(delivery)

    assert fresh(dataset).state == "UPLOADED"
    assert data_at([delivery.id])[delivery.id].coming == {"words"}


def test_a_slow_site_shows_progress(delivery: Delivery, settings: Any) -> None:
    settings.SIMULATED_SITES = {**settings.SIMULATED_SITES, "data_bytes_a_second": 4 * MEBIBYTE}
    dataset = given(delivery, files={"long.bin": b"x" * MEBIBYTE})
    seen = set()

    for _turn in range(400):
        turn(delivery)
        seen.add(percents_staged(delivery.world.cast.ben.id, ["words"]).get("words"))
        if fresh(dataset).state == "STAGED":
            break

    assert fresh(dataset).state == "STAGED"
    assert {0, 100} < seen


def test_a_turn_brings_no_more_than_it_may(delivery: Delivery) -> None:
    dataset = given(delivery)

    stage_dataset(dataset_id=dataset.pk, now=delivery.start, wall=wall_now(), most_bytes=100_000)

    assert fresh(dataset).state == "STAGING"
    assert sum(staged_bytes(dataset).values()) == 100_000
    assert not Attempt.objects.get(key=f"stage:{dataset.pk}.1").tries
    turn(delivery)
    assert fresh(dataset).state == "STAGED"


def test_a_site_that_cannot_take_it_is_asked_six_times_and_then_told_why(
    delivery: Delivery, settings: Any
) -> None:
    at_poor_site(delivery, settings)
    dataset = given(delivery)

    six_times(dataset, delivery)

    assert fresh(dataset).state == "FAILED"
    assert fresh(dataset).reason == "the site could not take it: the disk is full"
    assert broken() == []


def test_what_failed_is_brought_anew_when_its_buyer_asks(delivery: Delivery, settings: Any) -> None:
    at_poor_site(delivery, settings)
    dataset = given(delivery)
    six_times(dataset, delivery)
    Allocation.objects.filter(pk=delivery.id).update(connector="simulated")

    stage_again(member_id=delivery.world.cast.ben.id, dataset_id=dataset.pk, now=delivery.start)
    turn(delivery)

    assert fresh(dataset).state == "STAGED"
    with pytest.raises(MoveRefused):
        stage_again(member_id=delivery.world.cast.ben.id, dataset_id=dataset.pk, now=delivery.start)


def test_workers_that_die_each_time_before_they_begin_are_counted(delivery: Delivery) -> None:
    dataset = given(delivery)
    Attempt.objects.create(key=f"stage:{dataset.pk}.1", tries=MAX_TRIES, dead=True)

    turn(delivery)

    assert (fresh(dataset).state, fresh(dataset).reason) == ("FAILED", GIVEN_UP)


def test_a_connector_that_breaks_holds_up_no_other_data(
    delivery: Delivery, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Delivery(delivery.world)
    other.hand_over()
    at_poor_site(delivery, settings)
    monkeypatch.setattr(PoorSite, "why", RuntimeError("a mistake"))
    poor, well = given(delivery), given(other)

    turn(delivery)

    assert (fresh(poor).state, fresh(well).state) == ("STAGING", "STAGED")


def test_a_new_generation_of_the_hand_over_gets_the_data_again(delivery: Delivery) -> None:
    dataset = given(delivery)
    turn(delivery)
    Allocation.objects.filter(pk=delivery.id).update(generation=2, external_name="gh-x-g2")
    assert data_at([delivery.id])[delivery.id].coming == {"words"}

    turn(delivery)

    # Its acceptance test is still to come.
    assert (fresh(dataset).state, fresh(dataset).round) == ("UPLOADED", 2)
    assert set(staged_bytes(dataset).values()) == {0}
    AcceptanceTest.objects.create(
        allocation=delivery.row,
        generation=2,
        devices_found=8,
        gflops_per_device=1,
        gflops_required=1,
        passed=True,
        evidence={},
        tested_at=delivery.start,
    )
    turn(delivery)
    assert (fresh(dataset).state, fresh(dataset).generation) == ("STAGED", 2)


def test_data_goes_along_to_a_substitute_and_is_brought_there(delivery: Delivery) -> None:
    other = Delivery(delivery.world)
    other.hand_over()
    dataset = given(delivery)
    turn(delivery)

    take_data_along(delivery.row, other.row, delivery.start)

    assert fresh(dataset).allocation_id == other.id
    assert fresh(dataset).state == "UPLOADED"
    turn(other)
    assert fresh(dataset).state == "STAGED"
    assert DataPiece.objects.filter(file__dataset=dataset).exists()


def test_data_is_cleared_with_its_delivery(delivery: Delivery) -> None:
    delivery.sweep(delivery.start)
    dataset = given(delivery)
    turn(delivery)
    delivery.quarters(8)
    assert delivery.row.state == "COMPLETED"

    turn(delivery)

    assert (fresh(dataset).state, fresh(dataset).reason) == ("CLEARED", "the delivery ended")
    assert not DataPiece.objects.exists()
    assert broken() == []


@pytest.mark.parametrize(
    ("state", "kept"), [("SEEKING", True), ("ORDERED", True), ("UNCOVERED", False)]
)
def test_data_of_a_failed_delivery_waits_for_its_substitute(
    delivery: Delivery, state: str, kept: bool
) -> None:
    dataset = given(delivery)
    fail_allocation(allocation_id=delivery.id, reason="dark", now=delivery.start)
    turn(delivery)
    assert fresh(dataset).state == "UPLOADED"
    Substitution.objects.create(
        of_allocation=delivery.row,
        attempt=1,
        state=state,
        state_since=delivery.start,
        opened_at=delivery.start,
        ends_at=delivery.row.ends_at,
        covers_from=delivery.start,
    )

    turn(delivery)

    assert (fresh(dataset).state != "CLEARED") == kept


def test_what_is_withdrawn_is_gone_here_and_its_name_stays_used(delivery: Delivery) -> None:
    dataset = given(delivery)

    withdraw_dataset(
        member_id=delivery.world.cast.ben.id, dataset_id=dataset.pk, now=delivery.start
    )

    assert fresh(dataset).state == "CLEARED"
    assert not DataPiece.objects.exists()
    turn(delivery)
    assert fresh(dataset).state == "CLEARED"
