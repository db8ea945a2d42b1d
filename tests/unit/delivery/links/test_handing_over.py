"""A link is handed over once, tested against its contract, and ends whatever happens."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.queries import link_terms_of
from delivery.actions import plan_link
from delivery.adapters.connector import Pending
from delivery.domain.retry import MAX_TRIES
from delivery.models import LinkTest
from delivery.queries.links import links_awaiting_delivery
from delivery.tasks import deliver_links, plan_allocations
from exchange.refusal import NotFound
from marketplace.actions import publish_round_trip
from sandbox.carriers import SimulatedCarrier
from tests.unit.delivery.links.link_story import HOUR, QUARTER, LinkStory
from tests.unit.delivery.story import broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

EVERY_TIME = 10_000


def test_a_link_is_handed_over_tested_delivered_and_completed(world: World) -> None:
    story = LinkStory(world)

    assert story.hand_over().state == "ACCEPTED"
    story.sweep(story.start)
    assert story.row.state == "DELIVERING"
    story.quarters(8)

    assert story.row.state == "COMPLETED"
    assert [event.kind for event in story.row.events.all()] == [
        "PLANNED",
        "PROVISIONING",
        "ACCEPTED",
        "DELIVERING",
        "COMPLETED",
    ]
    assert [seal.available_gbps_seconds for seal in story.seals()] == [36_000, 36_000]
    assert sum(seal.moved_mb for seal in story.seals()) == 40_000
    assert broken() == []


def test_the_terms_say_what_the_hand_over_must_show(world: World) -> None:
    story = LinkStory(world)

    terms = link_terms_of(story.agreement.pk)
    assert terms.has_own_meter
    assert (terms.least_mbps, terms.most_rtt_us) == (9_000, 7_700)
    assert (story.row.least_mbps, story.row.most_rtt_us) == (9_000, 7_700)


def test_planning_twice_plans_once(world: World) -> None:
    story = LinkStory(world)

    assert plan_link(agreement_id=story.agreement.pk, now=world.now).pk == story.id
    assert links_awaiting_delivery(10) == []


def test_a_link_that_goes_by_its_devices_and_an_agreement_on_devices_have_no_delivery(
    world: World,
) -> None:
    with pytest.raises(NotFound):
        LinkStory(world, connector="")
    story = LinkStory(world, start=4)
    with pytest.raises(NotFound):
        plan_link(agreement_id=story.devices.pk, now=world.now)


def test_handing_over_again_changes_nothing(world: World) -> None:
    story = LinkStory(world)
    story.hand_over()

    assert story.hand_over().state == "ACCEPTED"
    assert LinkTest.objects.filter(link_delivery_id=story.id).count() == 1


def test_less_bandwidth_than_contracted_is_not_delivered_and_the_evidence_is_kept(
    world: World, settings: Any
) -> None:
    settings.SIMULATED_CARRIERS = {"acceptance_failure_bp": EVERY_TIME}
    story = LinkStory(world)

    row = story.hand_over()

    assert row.state == "FAILED"
    assert row.state_reason == "acceptance: 6000 Mbit/s, 9000 required"
    test = LinkTest.objects.get(link_delivery=row)
    assert (test.passed, test.mbps, test.rtt_us) == (False, 6_000, 9_100)
    assert test.evidence["method"] == "simulated"
    story.pass_until(story.start + 2 * HOUR)
    assert [(one.available_gbps_seconds, one.moved_mb) for one in story.seals()] == [(0, 0)] * 2
    assert all(all(one.estimated) for one in story.seals())
    assert broken() == []


def test_a_round_trip_longer_than_contracted_is_not_delivered(world: World, settings: Any) -> None:
    settings.SIMULATED_CARRIERS = {"acceptance_failure_bp": EVERY_TIME}
    story = LinkStory(world, link_gbps=0, move_gb=40)

    row = story.hand_over()

    assert row.state_reason == "acceptance: round trip of 9100 µs, 7700 allowed"


def test_a_carrier_that_cannot_is_asked_so_often_and_then_given_up(
    world: World, settings: Any
) -> None:
    settings.SIMULATED_CARRIERS = {"provision_failure_bp": EVERY_TIME}
    story = LinkStory(world)
    wall = wall_now()

    for _ in range(MAX_TRIES):
        story.hand_over(wall=wall)
        wall += timedelta(minutes=2)

    assert story.row.state == "FAILED"
    assert "no route was set up" in story.row.state_reason
    assert story.row.events.filter(kind="CARRIER_FAILED").count() == MAX_TRIES


def test_a_carrier_that_is_not_ready_costs_no_try_and_the_deadline_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(*_args: object) -> None:
        raise Pending

    monkeypatch.setattr(SimulatedCarrier, "ensure", not_yet)
    story = LinkStory(world)
    for _ in range(2 * MAX_TRIES):
        assert story.hand_over().state == "PROVISIONING"

    story.hand_over(now=story.start + HOUR)

    assert (story.row.state, story.row.state_reason) == ("FAILED", "not handed over in time")


def test_a_way_that_nobody_knows_fails_by_the_deadline(world: World) -> None:
    story = LinkStory(world, connector="nobody")
    story.hand_over()

    story.sweep(story.start + HOUR)

    assert story.row.state == "FAILED"


def test_a_link_whose_devices_failed_ends_and_what_was_read_before_counts(world: World) -> None:
    story = LinkStory(world)
    story.begin()
    story.quarters(4)

    story.devices_fail()
    story.pass_until(story.start + 5 * QUARTER)

    row = story.row
    assert (row.state, row.state_reason) == (
        "FAILED",
        "the delivery of the devices beside it ended early",
    )
    story.pass_until(story.start + 2 * HOUR)
    assert [seal.available_gbps_seconds for seal in story.seals()] == [36_000, 9_000]


def test_the_conductor_plans_and_delivers_links(world: World) -> None:
    story = LinkStory(world)
    second = LinkStory(world, start=4)
    assert plan_allocations() == 0
    step_to(market_at=story.start, reason="test", wall=wall_now())

    deliver_links()

    assert (story.row.state, second.row.state) == ("DELIVERING", "PLANNED")


def test_a_way_that_the_agent_measured_longer_than_contracted_is_not_delivered(
    world: World,
) -> None:
    story = LinkStory(world)
    publish_round_trip(
        site_id=world.east_site.pk,
        city_id=world.city.pk,
        rtt_us=8_000,
        rtt_p95_us=9_000,
        now=world.now,
    )

    row = story.hand_over()

    assert row.state_reason == "acceptance: round trip of 8000 µs, 7700 allowed"
    evidence = LinkTest.objects.get(link_delivery=row).evidence
    assert evidence["by_agent"]["rtt_us"] == 8_000
    assert evidence["by_carrier_rtt_us"] < 7_700
