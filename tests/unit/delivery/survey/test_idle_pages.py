"""The seller's pages of idle hours, in both languages."""

from typing import Any

import pytest

from delivery.actions import load_tariffs, survey_site
from delivery.models import ListingProposal, StandingRule
from marketplace.models import Listing, Pool
from tests.cast import visitor
from tests.world import World

RULE = {
    "keep_free": "8",
    "most_devices": "32",
    "most_a_day": "500",
    "sure": "90",
    "markup": "20",
    "floor": "0.50",
    "firmness": "RECALLABLE",
    "notice": "60",
}


@pytest.fixture
def west(world: World) -> World:
    Pool.objects.filter(pk=world.west_pool.pk).update(own_use_devices=21)
    load_tariffs(fen_per_mwh={"gansu": [30_000] * 24}, source="test", effective_from=world.now)
    survey_site(site_id=world.west_site.pk, now=world.now)
    return world


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Found idle in your schedulers", "List at cost", "Forecast and what was idle")),
        ("zh-hans", ("调度器中的空闲", "按成本挂牌", "预测与实际空闲")),
    ],
)
def test_the_seller_sees_proposals_and_the_forecast(
    west: World, language: str, words: tuple[str, str, str]
) -> None:
    client = visitor(west.cast.ada, language)

    overview = client.get("/idle/").content.decode()
    pool = client.get(f"/idle/{west.west_pool.pk}/").content.decode()

    assert words[0] in overview
    assert words[1] in overview
    assert words[2] in pool
    assert 'class="band"' in pool


def test_pools_of_others_are_not_there(west: World) -> None:
    for player in (west.cast.ben, west.cast.eli):
        client = visitor(player)
        assert client.get(f"/idle/{west.west_pool.pk}/").status_code in {403, 404}
        assert client.get(f"/idle/{west.west_pool.pk}/rule/").status_code in {403, 404}


def test_a_press_lists_a_proposal_at_its_cost(west: World) -> None:
    proposal = ListingProposal.objects.filter(state="OPEN").first()
    assert proposal is not None
    client = visitor(west.cast.ada)

    answer = client.post(
        "/idle/list/",
        {"proposal": str(proposal.pk), "ask_micros": "250000", "firmness": "RECALLABLE"},
    )

    listing = Listing.objects.get()
    assert answer.status_code == 302
    assert (listing.ask_micros, listing.firmness) == (250_000, "RECALLABLE")
    assert client.post("/idle/list/", {"proposal": "x", "ask_micros": "1"}).status_code == 404
    assert client.post("/idle/dismiss/", {"proposal": "999999"}).status_code == 404


def test_a_rule_is_set_refused_and_switched_off(west: World) -> None:
    client, at = visitor(west.cast.ada), f"/idle/{west.west_pool.pk}/rule/"

    refused = client.post(at, {**RULE, "most_devices": "0"})
    answer = client.post(at, RULE)

    assert refused.status_code == 422
    assert answer.status_code == 302
    rule = StandingRule.objects.get()
    figures: dict[str, Any] = {
        "enabled": True, "keep_free_devices": 8, "most_devices": 32, "sure_bp": 9_000,
        "markup_bp": 2_000, "floor_micros": 500_000,
    }  # fmt: skip
    assert {name: getattr(rule, name) for name in figures} == figures
    assert "Change the rule" in client.get(f"/idle/{west.west_pool.pk}/").content.decode()
    client.post(f"{at}off/", {"withdraw": "on"})
    rule.refresh_from_db()
    assert not rule.enabled


def test_a_survey_can_be_asked_for(west: World) -> None:
    client = visitor(west.cast.ada)

    assert client.post(f"/idle/{west.west_pool.pk}/survey/").status_code == 302
    assert client.post(f"/idle/{west.east_pool.pk}/survey/", follow=True).status_code == 200
