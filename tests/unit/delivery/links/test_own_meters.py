"""A carrier that is not reached from here confirms its links and sends their readings itself."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Deed
from delivery.actions import accept_link_readings, confirm_link
from delivery.adapters.carriers import carrier_named
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.refusals import LinkConfirmedOtherwise, LinkNotAwaited
from delivery.models import LinkDelivery, LinkTest
from exchange.refusal import NotFound
from marketplace.actions import change_link, publish_round_trip
from marketplace.domain.links import REPORTED, LinkOffering
from tests.unit.delivery.links.link_story import HOUR, QUARTER, LinkStory
from tests.unit.delivery.story import broken
from tests.world import World, micros

pytestmark = pytest.mark.django_db
WHOLE = 10 * 900


@pytest.fixture
def story(world: World) -> LinkStory:
    return LinkStory(world, connector=REPORTED)


def confirm(story: LinkStory, **other: Any) -> LinkDelivery:
    said: dict[str, Any] = {
        "member_id": story.world.cast.gwen.id,
        "person_id": None,
        "link_delivery_id": story.id,
        "mbps": 10_000,
        "rtt_us": 7_100,
        "now": story.world.now,
    }
    return confirm_link(**{**said, **other})


def test_a_link_waits_for_its_carrier_is_confirmed_metered_and_paid_by_its_own_hours(
    story: LinkStory,
) -> None:
    assert story.hand_over().state == "PROVISIONING"

    assert confirm(story).state == "ACCEPTED"
    story.sweep(story.start)
    accept_link_readings(
        member_id=story.world.cast.gwen.id,
        link_delivery_id=story.id,
        readings=[LinkQuarter(story.start + index * QUARTER, WHOLE, 5_000) for index in range(8)],
        now=story.start + 2 * HOUR,
    )
    story.pass_until(story.start + 2 * HOUR + QUARTER)

    assert [seal.available_gbps_seconds for seal in story.seals()] == [4 * WHOLE, 4 * WHOLE]
    assert sum(seal.moved_mb for seal in story.seals()) == 40_000
    test = LinkTest.objects.get()
    assert (test.mbps, test.rtt_us, test.passed) == (10_000, 7_100, True)
    assert test.evidence["method"] == REPORTED
    assert test.evidence["said"] == {"mbps": 10_000, "rtt_us": 7_100}
    assert Deed.objects.get(verb="LINK_CONFIRMED").subject == f"link_delivery:{story.id}"
    assert broken() == []


def test_it_may_be_confirmed_before_anybody_asks_and_again_with_the_same_figures(
    story: LinkStory,
) -> None:
    assert confirm(story).state == "ACCEPTED"
    assert confirm(story).state == "ACCEPTED"

    assert [event.kind for event in story.row.events.all()] == [
        "PLANNED",
        "PROVISIONING",
        "ACCEPTED",
    ]
    assert story.hand_over().state == "ACCEPTED"
    assert Deed.objects.filter(verb="LINK_CONFIRMED").count() == 1


def test_other_figures_are_refused_and_the_first_stand(story: LinkStory) -> None:
    confirm(story)

    with pytest.raises(LinkConfirmedOtherwise) as refused:
        confirm(story, mbps=9_999)

    assert refused.value.code == "E-LINK-02"
    assert LinkTest.objects.get().mbps == 10_000


@pytest.mark.parametrize(("figure", "value"), [("mbps", 8_999), ("rtt_us", 7_701)])
def test_what_stays_behind_the_contract_is_not_delivered(
    story: LinkStory, figure: str, value: int
) -> None:
    assert confirm(story, **{figure: value}).state == "FAILED"

    assert not LinkTest.objects.get().passed
    assert confirm(story, **{figure: value}).state == "FAILED"
    assert broken() == []


def test_the_longer_of_the_carriers_and_the_agents_round_trip_counts(story: LinkStory) -> None:
    world = story.world
    publish_round_trip(
        site_id=story.allocation.pool.site_id,
        city_id=story.row.link.city_id,
        rtt_us=9_000,
        rtt_p95_us=9_500,
        now=world.now,
    )

    assert confirm(story).state == "FAILED"
    assert LinkTest.objects.get().rtt_us == 9_000
    assert confirm(story).state == "FAILED"


def test_a_word_after_the_deadline_comes_too_late(story: LinkStory) -> None:
    assert confirm(story, now=story.start + HOUR).state == "FAILED"
    assert story.row.state_reason == "not handed over in time"

    with pytest.raises(LinkNotAwaited) as refused:
        confirm(story, now=story.start + HOUR)
    assert refused.value.code == "E-LINK-03"


def test_nobody_confirms_for_another_nor_a_link_that_is_reached_otherwise(world: World) -> None:
    story = LinkStory(world)
    with pytest.raises(NotFound):
        confirm(story)
    LinkDelivery.objects.update(connector=REPORTED)
    with pytest.raises(NotFound):
        confirm(story, member_id=world.cast.ada.id)

    assert story.row.state == "PLANNED"


def test_the_way_itself_asks_nobody_and_holds_nothing(story: LinkStory) -> None:
    carrier = carrier_named(REPORTED)

    carrier.release(story.row.external_name)
    assert carrier.inventory() == []


def test_a_carrier_says_on_its_link_who_meters_it(world: World) -> None:
    offer = {
        "capacity_gbps": 100,
        "price_micros_per_gbps_hour": micros("0.80"),
        "price_micros_per_gb": 20_000,
        "rtt_us": 7_000,
    }
    wanted = [(None, "simulated"), (True, REPORTED), (None, REPORTED), (False, ""), (False, "")]
    world.link.connector = "simulated"
    world.link.save()

    for own_meter, connector in wanted:
        link = change_link(
            carrier_id=world.cast.gwen.id,
            link_id=world.link.pk,
            offering=LinkOffering(**offer, own_meter=own_meter),
            person_id=None,
            now=world.now,
        )
        assert link.connector == connector


def test_the_api_takes_a_confirmation_of_the_carrier_alone(
    story: LinkStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, address = story.world.cast, f"/api/v1/link-deliveries/{story.id}/confirm/"
    monkeypatch.setattr("delivery.api.links.market_now", lambda: story.world.now)

    def said_by(player: Any, **body: Any) -> Any:
        client = Client()
        client.force_login(player.person)
        return client.post(address, body, content_type="application/json")

    assert said_by(cast.ben, mbps=10_000, rtt_us=7_000).status_code == 403
    bad = said_by(cast.gwen, mbps=-1, rtt_us=7_000)
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "mbps")
    taken = said_by(cast.gwen, mbps=10_000, rtt_us=7_000)
    assert (taken.status_code, taken.json()["state"]) == (200, "ACCEPTED")
    other = said_by(cast.gwen, mbps=10_001, rtt_us=7_000)
    assert (other.status_code, other.json()["code"]) == (409, "E-LINK-02")
