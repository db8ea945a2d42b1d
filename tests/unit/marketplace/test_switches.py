"""The dead-man switch: silence ends everything, once; a word in time keeps it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from django.test import Client

from accounts.models import Deed
from exchange.refusal import Refused
from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.market import Market
from marketplace.actions.switches import fire_switches, set_switch
from marketplace.domain.entry import Answer, CancelAll, Said
from marketplace.domain.refusals import MarketBusy, MarketStopped, OutOfRange, Unwritable
from marketplace.domain.switches import CLAIM, Switch, firing_id
from marketplace.engine.switches import Switches
from marketplace.engine.turns import Turns
from marketplace.models import CancelSwitch, JournalBatch, MarketEvent, Order
from marketplace.queries.switches import switch_of
from tests.cast import Player
from tests.world import World
from timetable.queries import wall_now

WALL = datetime(2026, 11, 23, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return WALL + timedelta(seconds=seconds)


def hold(world: World, player: Player, seconds: int, *, wall: datetime = WALL) -> Switch | None:
    return set_switch(
        member_id=player.id,
        seconds=seconds,
        person_id=player.person.pk,
        now=world.now,
        wall=wall,
    )


class Engine:
    """An engine's market, fresh at each turn as after a restart."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said: list[Said] = []

    def __call__(self, entries: Sequence[Said]) -> Sequence[Answer]:
        self.said += entries
        return Market().take_turn(entries, now=self.world.now, wall=WALL)

    def fire(self, seconds: float) -> int:
        return fire_switches(say=self, wall=at(seconds))


def states() -> list[str]:
    return list(Order.objects.order_by("pk").values_list("state", flat=True))


def test_silence_ends_everything_of_that_member_once(world: World) -> None:
    ben, dana, ada = world.cast.ben, world.cast.dana, world.cast.ada
    world.order(), world.order(), world.order(buyer_id=dana.id)
    listing = world.listing(price="9.00")
    hold(world, ben, 30), hold(world, ada, 30)
    engine = Engine(world)

    assert engine.fire(29.9) == 0
    assert engine.fire(30) == 2
    assert engine.fire(31) == 0
    assert engine.fire(600) == 0

    assert states() == ["CANCELLED", "CANCELLED", "OPEN"]
    listing.refresh_from_db()
    assert listing.state == "WITHDRAWN"
    told = switch_of(ben.id)
    assert told is not None
    assert (told.state, told.ended, told.fired_at) == ("FIRED", 2, at(30))
    reasons = MarketEvent.objects.filter(kind="ORDER_CANCELLED").values_list("facts", flat=True)
    assert [facts["reason"] for facts in reasons] == ["CANCEL_AFTER"] * 2
    assert '"do":"cancel_all"' in JournalBatch.objects.latest("number").commands.replace(" ", "")


def test_a_word_in_time_keeps_everything(world: World) -> None:
    world.order()
    ben, engine = world.cast.ben, Engine(world)
    hold(world, ben, 30)
    for second in (20, 40, 60):
        hold(world, ben, 30, wall=at(second))
        assert engine.fire(second + 29) == 0

    assert states() == ["OPEN"]
    assert CancelSwitch.objects.count() == 1
    assert Deed.objects.filter(verb="CANCEL_SWITCH_ARMED").count() == 1
    assert engine.fire(90) == 1


def test_nothing_switches_it_off_but_its_member(world: World) -> None:
    world.order(), world.order(buyer_id=world.cast.dana.id)
    ben, dana, engine = world.cast.ben, world.cast.dana, Engine(world)
    hold(world, ben, 30), hold(world, dana, 30)

    told = hold(world, ben, 0)
    assert told is not None
    assert told.state == "OFF"
    hold(world, ben, 0)
    assert engine.fire(60) == 1

    assert states() == ["OPEN", "CANCELLED"]
    assert Deed.objects.filter(verb="CANCEL_SWITCH_OFF").count() == 1


def test_an_engine_that_ends_between_claim_and_end_leaves_it_to_the_next(world: World) -> None:
    world.order()
    hold(world, world.cast.ben, 30)
    engine = Engine(world)

    def stopped(_entries: Sequence[Said]) -> Sequence[Answer]:
        raise MarketStopped

    with pytest.raises(MarketStopped):
        fire_switches(say=stopped, wall=at(30))
    assert engine.fire(31) == 0
    assert engine.fire(30 + CLAIM.total_seconds()) == 1
    assert states() == ["CANCELLED"]


@pytest.mark.parametrize("refusal", [MarketStopped, MarketBusy])
def test_a_market_that_cannot_write_fires_when_it_goes_on(
    world: World, refusal: type[Exception]
) -> None:
    class Stuck:
        def take(self, _entries: Sequence[Said]) -> Sequence[Answer]:
            raise refusal

    world.order()
    hold(world, world.cast.ben, 5, wall=wall_now() - timedelta(seconds=5))

    Switches(cast("Turns", Stuck())).look()

    told = switch_of(world.cast.ben.id)
    assert told is not None
    assert told.state == "FIRING"
    later = wall_now() + CLAIM
    assert fire_switches(say=Engine(world), wall=later) == 1
    assert states() == ["CANCELLED"]


@pytest.mark.parametrize("refusal", [MarketBusy, MarketStopped, Unwritable])
def test_a_switch_that_is_refused_has_not_fired_and_fires_later(
    world: World, refusal: type[Refused]
) -> None:
    world.order()
    hold(world, world.cast.ben, 30)

    def refuse(entries: Sequence[Said]) -> Sequence[Answer]:
        return [answer_of_refusal(refusal())] * len(entries)

    assert fire_switches(say=refuse, wall=at(30)) == 0
    told = switch_of(world.cast.ben.id)
    assert told is not None
    assert (told.state, told.ended, told.fired_at) == ("FIRING", None, None)
    assert states() == ["OPEN"]

    assert Engine(world).fire(30 + CLAIM.total_seconds()) == 1
    assert states() == ["CANCELLED"]


def test_switches_that_are_refused_never_crowd_out_one_that_is_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.actions.switches.MOST_AT_ONCE", 1)
    hold(world, world.cast.ben, 5)
    asked: list[int] = []

    def refuse(entries: Sequence[Said]) -> Sequence[Answer]:
        asked.extend(entry.member for entry in entries)
        return [answer_of_refusal(MarketBusy())] * len(entries)

    fire_switches(say=refuse, wall=at(5))
    hold(world, world.cast.dana, 5, wall=at(1))
    fire_switches(say=refuse, wall=at(60))
    assert asked == [world.cast.ben.id, world.cast.dana.id]


def test_an_engine_that_ends_between_end_and_note_fires_no_second_time(world: World) -> None:
    world.order()
    ben, engine = world.cast.ben, Engine(world)
    hold(world, ben, 30)

    def lost(entries: Sequence[Said]) -> Sequence[Answer]:
        engine(entries)
        raise MarketStopped

    with pytest.raises(MarketStopped):
        fire_switches(say=lost, wall=at(30))
    later = world.order()
    assert engine.fire(40) == 1

    # The same id is answered as it was: what came after the end is not touched.
    later.refresh_from_db()
    assert later.state == "OPEN"
    told = switch_of(ben.id)
    assert told is not None
    assert (told.state, told.ended) == ("FIRED", 1)
    assert len({entry.client_id for entry in engine.said if isinstance(entry, CancelAll)}) == 1


def test_after_it_fired_it_is_armed_anew(world: World) -> None:
    ben, engine = world.cast.ben, Engine(world)
    hold(world, ben, 5)
    engine.fire(5)
    world.order()
    hold(world, ben, 5, wall=at(10))
    assert engine.fire(14) == 0
    assert engine.fire(15) == 1
    assert states() == ["CANCELLED"]


@pytest.mark.parametrize("seconds", [-1, 1, 86_401])
def test_a_time_that_cannot_be_kept_is_refused(world: World, seconds: int) -> None:
    with pytest.raises(OutOfRange):
        hold(world, world.cast.ben, seconds)
    assert not CancelSwitch.objects.exists()


def test_no_sender_can_use_the_id_under_which_it_fires() -> None:
    assert not firing_id(7).isprintable()


def test_the_limits_page_tells_of_it_and_switches_it_off(world: World) -> None:
    ben, visitor = world.cast.ben, Client()
    visitor.force_login(ben.person)
    assert "fall silent" not in visitor.get("/limits/").content.decode()
    hold(world, ben, 30, wall=datetime.now(UTC))

    page = visitor.get("/limits/").content.decode()
    assert "fall silent" in page
    assert "30 seconds" in page
    assert visitor.post("/limits/switch-off/").status_code == 302
    assert "Switched off" in visitor.get("/limits/").content.decode()
    told = switch_of(ben.id)
    assert told is not None
    assert told.state == "OFF"
