"""Readings of links: each once, gaps marked, corrections in order, and the carriers' door."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from delivery.actions import accept_link_readings, seal_due_link_hours, seal_link_hour
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.refusals import ReadingConflict, ReadingRefused
from delivery.models import LinkReading
from delivery.queries.links import link_totals_of
from exchange.refusal import NotFound
from sandbox.carriers import SimulatedCarrier
from tests.cast import Player
from tests.unit.delivery.links.link_story import HOUR, QUARTER, LinkStory
from tests.unit.delivery.story import broken
from tests.world import World

WHOLE = 9_000


@pytest.fixture
def story(world: World) -> LinkStory:
    story = LinkStory(world)
    story.begin()
    return story


@pytest.fixture
def silent(story: LinkStory, monkeypatch: pytest.MonkeyPatch) -> LinkStory:
    """A carrier whose meter this house does not reach: it reports by the door."""
    monkeypatch.setattr(SimulatedCarrier, "read_meter", lambda *_args: [])
    return story


def report(story: LinkStory, *quarters: LinkQuarter, now: Any = None) -> Any:
    return accept_link_readings(
        member_id=story.world.cast.gwen.id,
        link_delivery_id=story.id,
        readings=quarters,
        now=now or story.start + 2 * HOUR,
    )


def quarter(story: LinkStory, index: int, amount: int = WHOLE, **more: Any) -> LinkQuarter:
    moved = more.pop("moved_mb", 100)
    return LinkQuarter(story.start + index * QUARTER, amount, moved, **more)


def test_a_reading_that_comes_again_changes_nothing(silent: LinkStory) -> None:
    first = report(silent, quarter(silent, 0), quarter(silent, 1))
    again = report(silent, quarter(silent, 0), quarter(silent, 1))

    assert (first.stored, first.known) == (2, 0)
    assert (again.stored, again.known) == (0, 2)
    assert again.chain_head == first.chain_head
    assert broken() == []


def test_another_value_for_a_stored_quarter_is_refused_and_nothing_is_half_done(
    silent: LinkStory,
) -> None:
    report(silent, quarter(silent, 0))

    with pytest.raises(ReadingConflict):
        report(silent, quarter(silent, 1), quarter(silent, 0, 1))
    assert LinkReading.objects.count() == 1


@pytest.mark.parametrize(
    ("index", "amount", "more", "flag"),
    [
        (0, WHOLE + 1, {}, "more than was bought"),
        (0, -1, {}, "negative"),
        (0, WHOLE, {"moved_mb": -1}, "negative"),
        (0, WHOLE, {"moved_mb": 100 * 900 * 125 + 1}, "more than the link can carry"),
        (-1, WHOLE, {}, "before the window"),
        (8, WHOLE, {}, "after the window"),
        (0, WHOLE, {"version": 2}, "a correction must say"),
        (0, WHOLE, {"version": 2, "quality": "EDITED"}, "version 1 is next"),
        (0, WHOLE, {"quality": "GUESSED"}, "unknown quality"),
    ],
)
def test_what_cannot_be_true_is_refused(
    silent: LinkStory, index: int, amount: int, more: dict[str, Any], flag: str
) -> None:
    with pytest.raises(ReadingRefused) as refused:
        report(silent, quarter(silent, index, amount, **more))
    assert flag in str(refused.value.facts)
    assert not LinkReading.objects.exists()


def test_a_quarter_that_is_not_over_or_off_the_quarter_hour_is_refused(silent: LinkStory) -> None:
    with pytest.raises(ReadingRefused):
        report(silent, quarter(silent, 0), now=silent.start + QUARTER - timedelta(seconds=1))
    off = LinkQuarter(silent.start + timedelta(minutes=1), 1, 1)
    with pytest.raises(ReadingRefused):
        report(silent, off)
    with pytest.raises(ReadingRefused):
        report(silent)


def test_a_silent_quarter_between_two_is_estimated_and_data_never_are(silent: LinkStory) -> None:
    report(silent, *(quarter(silent, index, 8_000 + index) for index in (0, 2, 3)))

    silent.pass_until(silent.start + 2 * HOUR + QUARTER)

    first = silent.seals()[0]
    assert first.quarter_gbps_seconds == [8_000, 8_000, 8_002, 8_003]
    assert (first.quarter_mb, first.estimated) == ([100, 0, 100, 100], [False, True, False, False])
    assert broken() == []


def test_an_hour_waits_for_its_meter_until_the_grace_is_over(silent: LinkStory) -> None:
    report(silent, quarter(silent, 0), now=silent.start + QUARTER)
    silent.pass_until(silent.start + HOUR)
    assert silent.seals() == []

    silent.pass_until(silent.start + 2 * HOUR)

    (seal,) = silent.seals()
    assert (seal.available_gbps_seconds, seal.estimated) == (WHOLE, [False, True, True, True])


def test_an_hour_without_any_bandwidth_is_counted_as_undelivered(silent: LinkStory) -> None:
    report(silent, *(quarter(silent, index, 0, moved_mb=0) for index in range(4)))
    report(silent, *(quarter(silent, index, 4_500) for index in range(4, 8)))
    seal_due_link_hours(now=silent.start + 2 * HOUR)

    totals = link_totals_of([silent.id])[silent.id]

    assert (totals.hours, totals.undelivered_hours) == (2, 1)
    assert (totals.available_gbps_seconds, totals.contracted_gbps_seconds) == (18_000, 72_000)


def test_a_correction_is_a_new_version_and_counts_in_a_later_run(story: LinkStory) -> None:
    story.quarters(8)
    report(story, quarter(story, 0, 100, moved_mb=0, version=2, quality="EDITED"))

    later = seal_link_hour(
        link_delivery_id=story.id, hour_start=story.start, run="SF", now=story.start + 2 * HOUR
    )

    first = story.seals()[0]
    assert (first.run, first.available_gbps_seconds) == ("II", 36_000)
    assert later.available_gbps_seconds == 27_100
    assert broken() == []


def test_a_meter_that_says_what_cannot_be_true_counts_as_silent(
    story: LinkStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def boast(_self: object, view: Any, windows: Any) -> Any:
        return [LinkQuarter(one.interval_start, 99_999_999, 0) for one in windows]

    monkeypatch.setattr(SimulatedCarrier, "read_meter", boast)
    story.pass_until(story.start + 2 * HOUR + QUARTER)

    assert not LinkReading.objects.exists()
    assert [seal.available_gbps_seconds for seal in story.seals()] == [0]


def test_only_the_carrier_reports_and_only_what_was_begun(world: World) -> None:
    story = LinkStory(world)
    with pytest.raises(NotFound):
        report(story, quarter(story, 0))
    story.begin()
    with pytest.raises(NotFound):
        accept_link_readings(
            member_id=world.cast.ada.id,
            link_delivery_id=story.id,
            readings=[quarter(story, 0)],
            now=story.start + HOUR,
        )


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def test_the_api_shows_a_link_to_its_parties_and_takes_readings_of_its_carrier(
    silent: LinkStory,
) -> None:
    cast, address = silent.world.cast, f"/api/v1/link-deliveries/{silent.id}/"
    body = {
        "readings": [
            {
                "interval_start": silent.start.isoformat(),
                "available_gbps_seconds": WHOLE,
                "moved_mb": 7,
            }
        ]
    }
    gwen = caller(cast.gwen)
    early = gwen.post(f"{address}report/", body, content_type="application/json")
    assert (early.status_code, early.json()["code"]) == (422, "E-READING-01")

    assert caller(cast.ada).get(address).status_code == 404
    assert caller(cast.ada).get(f"{address}readings/").status_code == 404
    for player in (cast.ben, cast.gwen):
        shown = caller(player).get(address).json()
        assert (shown["gbps"], shown["gb"], shown["state"]) == (10, 40, "DELIVERING")
        assert (
            caller(player).get("/api/v1/link-deliveries/").json()["results"][0]["id"] == silent.id
        )
        assert caller(player).get(f"{address}hours/").status_code == 200


def test_pages_show_the_link_to_buyer_and_carrier_and_to_nobody_else(story: LinkStory) -> None:
    story.quarters(5)
    cast = story.world.cast
    address = f"/link-deliveries/{story.id}/"

    for player in (cast.ben, cast.gwen):
        page = caller(player).get(address)
        assert page.status_code == 200
        assert "10.0 Gbit/s-hours" in page.content.decode()
        listed = caller(player).get("/link-deliveries/?state=DELIVERING")
        assert story.agreement.number in listed.content.decode()
    assert caller(cast.ada).get(address).status_code == 404
    beside = f"/deliveries/{story.allocation.pk}/"
    assert "Network link" in caller(cast.ben).get(beside).content.decode()
    assert "Network link" not in caller(cast.ada).get(beside).content.decode()
