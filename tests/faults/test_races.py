"""Races for the same thing, round after round; each beside a control that loses it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection

from marketplace.actions import halt_trading, resume_trading
from marketplace.actions.hearing import Facts
from marketplace.actions.market import Market
from marketplace.domain import entry as entries
from marketplace.domain.entry import Answer, Call
from marketplace.models import MarketEvent, Order, Trade
from tests.cast import Player
from tests.faults.floor import Floor, broken, open_floor, racing
from tests.faults.racing import ROUNDS, Hands, engine, say
from tests.faults.table import Line, Tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    return open_floor()


def test_the_last_unit_is_sold_once(floor: Floor, tmp_path: Path, tell: Tell) -> None:
    ben, dana = floor.world.cast.ben, floor.world.cast.dana
    with racing(tmp_path, 4) as hands:
        for number in range(ROUNDS):
            say(floor.one(number))
            wanted = [floor.want(number, player) for player in (ben, dana, ben, dana)]
            answers = hands.at_once(*(lambda w=want: say(w) for want in wanted))
            assert sorted(answer.filled for answer in answers) == [0, 0, 0, 1]
    assert broken() == []
    tell(Line("race: four buyers, the last device", ROUNDS, 4 * ROUNDS, 0, 0))


def naive_sale(hands: Hands, listing: int, times: int, devices: int) -> int:
    """Look what is free, and take it later: what the engine never does."""

    def buy() -> int:
        sold = 0
        for _ in range(times):
            with connection.cursor() as cursor:
                cursor.execute("SELECT free[1] FROM marketplace_listing WHERE id = %s", [listing])
                (free,) = cursor.fetchone()
                if free < devices:
                    break
                cursor.execute("SELECT pg_sleep(0.002)")
                cursor.execute(
                    "UPDATE marketplace_listing SET free[1] = %s WHERE id = %s",
                    [free - devices, listing],
                )
            sold += devices
        return sold

    return sum(hands.at_once(*(buy for _ in range(hands.count))))


def test_control_looking_first_and_taking_later_sells_the_last_unit_twice(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    with racing(tmp_path, 4) as hands:
        listing = say(floor.one(0))
        sold = naive_sale(hands, listing.id, times=1, devices=1)
    assert sold > 1
    told = f"the last device sold {sold} times"
    tell(Line("looking first, taking later (last device)", 1, caught=told))


def test_a_cancel_and_a_fill_of_one_order_never_both_happen(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
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
    tell(Line("race: cancel against fill", ROUNDS, 2 * ROUNDS, 0, 0))


def test_control_a_cancel_past_the_engine_is_filled_all_the_same(
    floor: Floor, tmp_path: Path, tell: Tell
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
    tell(Line("a cancel past the engine", 1, caught="a cancelled order was filled"))


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


def test_nothing_trades_after_a_halt(floor: Floor, tmp_path: Path, tell: Tell) -> None:
    with racing(tmp_path, 3) as hands:
        for number in range(ROUNDS):
            (late,) = halted_race(floor, hands, number)
            assert late.refused == "Halted"
    assert broken() == []
    tell(Line("race: halt against match", ROUNDS, 3 * ROUNDS, 0, 0))


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


def test_control_a_market_deaf_to_halts_trades_on(floor: Floor, tmp_path: Path, tell: Tell) -> None:
    with racing(tmp_path, 3, DeafMarket) as hands:
        late = halted_race(floor, hands, 0)
    assert sum(answer.filled for answer in late) > 0
    tell(Line("a market that does not hear of halts", 1, caught="it traded after the halt"))


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
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    path = tmp_path / "e.sock"
    assert bought_with_lost_answers(floor, path, ROUNDS, same_id=True) == ROUNDS
    assert broken() == []
    tell(Line("race: an answer is lost, sent again under its id", ROUNDS, ROUNDS, 0, 0))


def test_control_what_is_sent_again_under_a_new_id_is_bought_twice(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    path = tmp_path / "e.sock"
    bought = bought_with_lost_answers(floor, path, 5, same_id=False)
    assert bought > 5
    tell(Line("sent again under another id", 5, caught=f"{bought} bought instead of 5"))


def test_twelve_clients_on_the_last_two_hundred_units_buy_exactly_two_hundred(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    world, rounds = floor.world, max(ROUNDS // 10, 1)
    players = [(world.cast.ben, world.cast.dana)[number % 2] for number in range(12)]
    with racing(tmp_path, 12) as hands:
        for number in range(rounds):
            say(floor.one(number, devices=200))

            def buy(player: Player, hour: int = number) -> int:
                wants = (floor.want(hour, player, amount=7, splittable=True) for _ in range(5))
                return sum(say(want).filled for want in wants)

            bought = hands.at_once(*(lambda p=player, buy=buy: buy(p) for player in players))
            assert sum(bought) == 200
    assert sum(Trade.objects.values_list("devices", flat=True)) == 200 * rounds
    assert broken() == []
    tell(Line("race: twelve clients, the last 200 devices", rounds, 60 * rounds, 0, 0))


def test_control_looking_first_and_taking_later_sells_more_than_two_hundred(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    with racing(tmp_path, 12) as hands:
        listing = say(floor.one(0, devices=200))
        sold = naive_sale(hands, listing.id, times=5, devices=7)
    assert sold > 200
    told = f"{sold} of 200 devices sold"
    tell(Line("looking first, taking later (last 200)", 1, caught=told))
