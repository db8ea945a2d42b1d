"""Races for the same thing, round after round; each beside a control that loses it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection

from config.invariants import find_violations
from marketplace.actions import halt_trading, resume_trading
from marketplace.actions.hearing import Facts
from marketplace.actions.market import Market
from marketplace.domain import entry as entries
from marketplace.domain.entry import Answer, Call
from marketplace.domain.listing_request import ListingRequest
from marketplace.models import MarketEvent, Order, Trade
from tests.cast import Player
from tests.faults.racing import ROUNDS, Hands, engine, say
from tests.trading import Trading
from tests.world import World, micros

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not {"GRIDHOUR_FAULTS", "GRIDHOUR_TEST_FULL"} & set(os.environ),
        reason="minutes: make faults, make test-full",
    ),
    pytest.mark.xdist_group("services"),
]
CONTROL_ROUNDS = 20


class Floor(Trading):
    """Entries for races: each listing has an hour of its own."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        # The lock goes to the engine's own thread.
        connection.close()
        self.hours = count()
        self.names = count()

    def one(self, hour: int, *, devices: int = 1) -> Any:
        """Return Ada's listing of a device for an hour."""
        start = self.world.hour(24 + hour % 24)
        return entries.PublishListing(
            member=self.world.cast.ada.id,
            client_order_id=f"one-{next(self.names)}",
            request=ListingRequest(
                pool_id=self.world.west_pool.pk,
                devices=devices,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                ask_micros=micros("1.50"),
                min_devices=1,
                min_hours=1,
                firmness="FIRM",
            ),
        )

    def want(self, hour: int, player: Player, name: str = "", **more: Any) -> Any:
        """Return an order for a device in that hour."""
        start = self.world.hour(24 + hour % 24)
        request = {"amount": 1, "hours": 1, "time_in_force": "IOC", **more}
        return self.buy(
            name or f"want-{next(self.names)}",
            member=player.id,
            earliest=start,
            latest=start + timedelta(hours=1),
            **request,
        )


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    """The tiny market with pools that outlast every round."""
    world = World()
    world.west_pool.devices = 100_000
    world.west_pool.save()
    return Floor(world)


@contextmanager
def racing(tmp_path: Path, hands: int, market: type[Market] = Market) -> Iterator[Hands]:
    """An engine, and so many hands."""
    with engine(tmp_path / "e.sock", market):
        found = Hands(hands)
        try:
            yield found
        finally:
            found.close()


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def test_the_last_unit_is_sold_once(floor: Floor, tmp_path: Path) -> None:
    ben, dana = floor.world.cast.ben, floor.world.cast.dana
    with racing(tmp_path, 4) as hands:
        for number in range(ROUNDS):
            say(floor.one(number))
            wanted = [floor.want(number, player) for player in (ben, dana, ben, dana)]
            answers = hands.at_once(*(lambda w=want: say(w) for want in wanted))
            assert sorted(answer.filled for answer in answers) == [0, 0, 0, 1]
    assert broken() == []


def test_control_looking_first_and_taking_later_sells_the_last_unit_twice() -> None:
    hands, sold = Hands(4), []
    try:
        for _ in range(CONTROL_ROUNDS):
            free = [1]
            seen: list[int] = []
            hands.at_once(*(lambda s=seen, f=free: s.append(f[0]) for _ in range(4)))
            sold.append(sum(seen))
    finally:
        hands.close()
    assert max(sold) > 1


def test_a_cancel_and_a_fill_of_one_order_never_both_happen(floor: Floor, tmp_path: Path) -> None:
    ben, ada = floor.world.cast.ben, floor.world.cast.ada
    outcomes = set()
    with racing(tmp_path, 2) as hands:
        for number in range(ROUNDS):
            order = say(floor.want(number, ben, time_in_force="GTC"))
            cancel = floor.cancel(order.id, f"cancel-{number}")
            one = floor.one(number)
            ended, listed = hands.at_once(lambda c=cancel: say(c), lambda s=one: say(s))
            row = Order.objects.get(pk=order.id)
            # Exactly one of both, and each was told which.
            assert (row.state, row.filled, bool(ended.refused), listed.state) in {
                ("CANCELLED", 0, False, "OPEN"),
                ("FILLED", 1, True, "SOLD_OUT"),
            } or (row.state == "FILLED" and ended.refused and listed.state != "OPEN")
            outcomes.add(row.state)
            if listed.state == "OPEN":
                say(entries.WithdrawListing(member=ada.id, listing_id=listed.id))
    assert broken() == []


def test_control_a_cancel_past_the_engine_is_filled_all_the_same(
    floor: Floor, tmp_path: Path
) -> None:
    ben = floor.world.cast.ben
    with engine(tmp_path / "e.sock"):
        order = say(floor.want(0, ben, time_in_force="GTC"))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE marketplace_order SET state = 'CANCELLED', ended_at = now() WHERE id = %s",
                [order.id],
            )
        say(floor.one(0))
    assert Order.objects.get(pk=order.id).filled == 1


def halted_race(floor: Floor, hands: Hands, number: int) -> list[Answer]:
    """Halt while others buy; return what was answered to who came after the halt."""
    ben, now = floor.world.cast.ben, floor.world.now
    listing = say(floor.one(number, devices=3))
    wanted = [floor.want(number, ben) for _ in range(2)]
    halt, *_ = hands.at_once(
        lambda: halt_trading(scope="MARKET", subject_id=None, reason="system: a race", now=now),
        *(lambda w=want: say(w) for want in wanted),
    )
    late = [say(floor.want(number, ben))]
    resume_trading(halt_id=halt.pk, now=now)
    say(entries.Tick())
    halt.refresh_from_db()
    if halt.halted_number is not None:
        late += [
            Answer(filled=1)
            for _ in MarketEvent.objects.filter(
                kind="TRADED", number__gt=halt.halted_number, number__lt=halt.resumed_number
            )
        ]
    ada = floor.world.cast.ada.id
    say(entries.WithdrawListing(member=ada, listing_id=listing.id))
    return late


def test_nothing_trades_after_a_halt(floor: Floor, tmp_path: Path) -> None:
    with racing(tmp_path, 3) as hands:
        for number in range(ROUNDS):
            (late,) = halted_race(floor, hands, number)
            assert late.refused == "Halted"
    assert broken() == []


class DeafFacts(Facts):
    """Hears of no halt."""

    def _changed_halts(self) -> Iterator[Any]:
        return iter(())


class DeafMarket(Market):
    """The control: a market that is not told of halts."""

    def load(self, number: int) -> None:
        super().load(number)
        deaf = DeafFacts()
        deaf.__dict__.update(self.facts.__dict__)
        self.facts = deaf


def test_control_a_market_deaf_to_halts_trades_on(floor: Floor, tmp_path: Path) -> None:
    with racing(tmp_path, 3, DeafMarket) as hands:
        late = halted_race(floor, hands, 0)
    assert sum(answer.filled for answer in late) > 0


def send_and_hang_up(path: Path, entry: Any) -> None:
    """Send, and never read the answer: the client cannot know what came of it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.connect(str(path))
        wire.sendall(msgspec.json.encode(Call(id=1, commands=(entry,))) + b"\n")


def bought_with_lost_answers(floor: Floor, path: Path, rounds: int, *, same_id: bool) -> int:
    ben = floor.world.cast.ben
    with engine(path):
        for number in range(rounds):
            say(floor.one(number, devices=2))
            want = floor.want(number, ben)
            send_and_hang_up(path, want)
            again = want if same_id else floor.want(number, ben)
            say(again)
        say(entries.Tick())
    return sum(Trade.objects.values_list("devices", flat=True))


def test_what_is_sent_again_after_a_lost_answer_is_bought_once(
    floor: Floor, tmp_path: Path
) -> None:
    path = tmp_path / "e.sock"
    assert bought_with_lost_answers(floor, path, ROUNDS, same_id=True) == ROUNDS
    assert broken() == []


def test_control_what_is_sent_again_under_a_new_id_is_bought_twice(
    floor: Floor, tmp_path: Path
) -> None:
    path = tmp_path / "e.sock"
    assert bought_with_lost_answers(floor, path, 5, same_id=False) > 5


def test_twelve_clients_on_the_last_two_hundred_units_buy_exactly_two_hundred(
    floor: Floor, tmp_path: Path
) -> None:
    world = floor.world
    with racing(tmp_path, 12) as hands:
        say(floor.one(0, devices=200))

        def buy(player: Player, name: str) -> int:
            wants = (
                floor.want(0, player, f"{name}-{turn}", amount=7, splittable=True)
                for turn in range(5)
            )
            return sum(say(want).filled for want in wants)

        players = [(world.cast.ben, world.cast.dana)[number % 2] for number in range(12)]
        bought = hands.at_once(
            *(lambda p=player, n=n: buy(p, f"c{n}") for n, player in enumerate(players))
        )
    assert sum(bought) == 200
    assert sum(Trade.objects.values_list("devices", flat=True)) == 200
    assert broken() == []
