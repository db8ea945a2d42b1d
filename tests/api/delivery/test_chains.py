"""Who sees what of a substitution: the buyer all of it, each seller its own part."""

from typing import Any

import pytest

from delivery.models import Allocation
from tests.cast import Player, visitor
from tests.unit.billing.cover_story import HOUR, QUARTER, Story
from tests.unit.billing.house import House
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


@pytest.fixture
def story(world: World) -> Any:
    step_to(market_at=world.now, reason="test", wall=wall_now())
    story = Story(House(world))
    story.go_on(story.start + 2 * HOUR)
    story.go_dark()
    hugo = story.seller("hugo")
    story.offers(story.pool_of(hugo), "2.00")
    story.go_on(story.start + 2 * HOUR + QUARTER)
    return story, hugo


def test_each_party_sees_what_it_may(story: Any) -> None:
    told, hugo = story
    old = told.row
    new = Allocation.objects.get(agreement=told.sub.replacement)
    cast = told.world.cast

    def chain(player: Player, row: Allocation) -> Any:
        answer = visitor(player).get(f"/api/v1/allocations/{row.pk}/chain/")
        return answer.json() if answer.status_code == 200 else answer.status_code

    for row in (old, new):
        first, second = chain(cast.ben, row)
        assert (first["allocation"], second["allocation"]) == (old.pk, new.pk)
        assert first["next_agreement"] == new.agreement.number
        assert first["substitution"]["cost_micros"] == 2_544_000
        assert second["substitution"] is None
    [own] = chain(cast.ada, old)
    assert own["next_agreement"] == ""
    assert own["substitution"]["state"] == "REPLACED"
    assert own["substitution"]["cost_micros"] == 2_544_000
    assert chain(hugo, new) == []
    assert chain(cast.ada, new) == chain(hugo, old) == 404
    assert chain(cast.dana, old) == chain(cast.dana, new) == 404


@pytest.mark.parametrize(("language", "words"), [("en", "Substitution"), ("zh-hans", "替代交付")])
def test_the_page_shows_the_chain_and_who_pays(story: Any, language: str, words: str) -> None:
    told, hugo = story
    old = told.row
    new = Allocation.objects.get(agreement=told.sub.replacement)
    cast = told.world.cast

    def page(player: Player, row: Allocation) -> str:
        answer = visitor(player, language).get(f"/deliveries/{row.pk}/")
        return answer.content.decode() if answer.status_code == 200 else ""

    for player in (cast.ben, cast.cleo, cast.eli):
        for row in (old, new):
            text = page(player, row)
            assert words in text
            assert "2.54" in text
            assert "Ada" in text
            assert new.agreement.number in text
    seller = page(cast.ada, old)
    assert "2.54" in seller
    assert new.agreement.number not in seller
    assert new.pool.site.name not in seller
    assert 'id="chain"' not in page(hugo, new)
    assert old.agreement.number not in page(hugo, new)
    assert page(cast.dana, old) == page(cast.ada, new) == ""
