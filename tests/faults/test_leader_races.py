"""Two leaders at once, and two changes of one version; each beside a control that loses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import msgspec
import pytest
from django.db import connection, connections

from exchange.book import commands as said
from marketplace.actions.market import Deposed, Market
from marketplace.domain import entry as entries
from marketplace.engine.leadership import LOCK
from marketplace.engine.turns import Turns
from marketplace.models import JournalBatch, Order
from tests.faults.floor import Floor, broken, open_floor, racing
from tests.faults.racing import ROUNDS, begin_term, say
from tests.faults.table import Line, Tell

pytestmark = pytest.mark.django_db(transaction=True)
CONTROL_ROUNDS = 3
# So many turns the old leader tries to take beside the new one.
MOST_TURNS = 50


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    return open_floor()


class Unfenced(Market):
    """The control: a leader that does not look whether its term has passed."""

    def _check_standing(self, opening: Any) -> None:
        opening.epoch = self.epoch
        super()._check_standing(opening)


class Leader:
    """An engine's writing thread, with a database session of its own."""

    def __init__(self, kind: type[Market]) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.kind = kind
        self.turns: Turns

    def lead(self) -> None:
        """Begin a term."""
        term = begin_term()
        market = self.kind(ids_at_once=10, epoch=term)
        self.turns = Turns(market, term, fail=lambda _point: None)
        self.turns.take([entries.Tick()])

    def lose_lock(self) -> None:
        """Lose the lock without noticing, as one that slept too long."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def close(self) -> None:
        """End the session."""
        self.pool.submit(connections.close_all).result(10)
        self.pool.shutdown()


def keep_on(leader: Leader, wants: list[Any], start: Barrier) -> list[Any]:
    """Take turn after turn until deposed; return what was acknowledged."""
    start.wait(10)
    taken: list[Any] = []
    for want in wants:
        try:
            (answer,) = leader.turns.take([want])
        except Deposed:
            return taken
        taken.append(answer)
    return taken


def succeed(leader: Leader, wants: list[Any], start: Barrier) -> list[Any]:
    """Take the lead while another believes to have it."""
    start.wait(10)
    leader.lead()
    return [leader.turns.take([want])[0] for want in wants]


@contextmanager
def leaders(kind: type[Market]) -> Iterator[list[Leader]]:
    """Two leaders, the first of which leads."""
    found = [Leader(kind), Leader(Market)]
    try:
        yield found
    finally:
        for leader in found:
            leader.close()


def two_leaders(floor: Floor, rounds: int, kind: type[Market]) -> tuple[int, list[str]]:
    """Let one succeed the other amid its turns; return how many were answered and what is wrong."""
    ben, answered, wrong = floor.world.cast.ben, 0, []
    for number in range(rounds):
        with leaders(kind) as (old, new):
            old.pool.submit(old.lead).result(10)
            old.pool.submit(old.lose_lock).result(10)
            start = Barrier(2)
            many = [floor.want(number, ben) for _ in range(MOST_TURNS)]
            few = [floor.want(number, ben) for _ in range(3)]
            first = old.pool.submit(keep_on, old, many, start)
            second = new.pool.submit(succeed, new, few, start)
            told = first.result(30) + second.result(30)
        answered += len(told)
        stored = Order.objects.filter(pk__in=[answer.id for answer in told]).count()
        if stored != len(told):
            wrong.append(f"{len(told)} answered, {stored} stored")
        if len(told) == len(many) + len(few):
            wrong.append("the old leader was never deposed")
    if Order.objects.count() != answered:
        wrong.append("stored and never answered")
    terms = list(JournalBatch.objects.order_by("number").values_list("epoch", flat=True))
    if terms != sorted(terms):
        wrong.append("a leader wrote after its term")
    return answered, wrong


def test_of_two_leaders_only_the_later_writes(floor: Floor, tell: Tell) -> None:
    answered, wrong = two_leaders(floor, ROUNDS, Market)

    assert wrong == []
    assert broken() == []
    tell(Line("race: two leaders", ROUNDS, answered, 0, 0))


def test_control_without_a_look_at_the_term_both_write(floor: Floor, tell: Tell) -> None:
    _answered, wrong = two_leaders(floor, CONTROL_ROUNDS, Unfenced)

    assert "a leader wrote after its term" in wrong
    told = "a leader wrote after its term"
    tell(Line("a leader that does not look at its term", CONTROL_ROUNDS, caught=told))


class Careless(Market):
    """The control: changes are made whatever version they name."""

    def say(self, command: said.Said) -> Any:
        if isinstance(command, said.Replace):
            version = self.orders[command.order].version
            command = msgspec.structs.replace(command, version=version)
        return super().say(command)


def changed_twice(floor: Floor, path: Path, rounds: int, kind: type[Market]) -> int:
    """Change an order from two sides that both read version 1; return how many changes won."""
    ben, won = floor.world.cast.ben, 0
    with racing(path, 2, kind) as hands:
        for number in range(rounds):
            order = say(floor.want(number, ben, amount=9, time_in_force="GTC"))
            asked = [
                entries.ReplaceOrder(member=ben.id, order_id=order.id, version=1, amount=amount)
                for amount in (3, 4)
            ]
            answers = hands.at_once(*(lambda e=entry: say(e) for entry in asked))
            won += sum(not answer.refused for answer in answers)
    return won


def test_of_two_changes_of_one_version_one_is_made(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    assert changed_twice(floor, tmp_path, ROUNDS, Market) == ROUNDS
    assert broken() == []
    tell(Line("race: two changes of one version", ROUNDS, 2 * ROUNDS, 0, 0))


def test_control_without_a_look_at_the_version_both_are_made(
    floor: Floor, tmp_path: Path, tell: Tell
) -> None:
    won = changed_twice(floor, tmp_path, CONTROL_ROUNDS, Careless)

    assert won > CONTROL_ROUNDS
    told = f"{won} changes made of {CONTROL_ROUNDS} versions"
    tell(Line("a market that does not look at the version", CONTROL_ROUNDS, caught=told))
