"""The judge of a storm finds what is planted: in what clients noted, and in what is stored."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.db import connection

from marketplace.domain.entry import Answer
from tests.faults.floor import Floor, open_floor
from tests.faults.storm.history import judge
from tests.faults.table import Line, Tell, added_up

pytestmark = pytest.mark.django_db(transaction=True)
Rows = list[dict[str, Any]]
UNGUARD = """
ALTER TABLE marketplace_marketevent DISABLE TRIGGER USER;
ALTER TABLE marketplace_journalbatch DISABLE TRIGGER USER;
"""


@pytest.fixture
def rows(transactional_db: None) -> Rows:
    """What the clients of a short day noted: a sale, an order that rests, and its end."""
    floor = open_floor()
    noted: Rows = []
    listing = floor.one(0, devices=9)
    resting = floor.want(3, floor.world.cast.ben, time_in_force="GTC")
    for entry in (listing, floor.want(0, floor.world.cast.ben, amount=4), resting):
        noted.append(note(floor, entry))
    noted.append(note(floor, floor.cancel(noted[-1]["answer"]["id"], "end")))
    return noted


def note(floor: Floor, entry: Any) -> dict[str, Any]:
    (answer,) = floor.take(entry)
    assert not answer.refused
    return {
        "entry": msgspec.to_builtins(entry),
        "answer": msgspec.to_builtins(answer),
        "again": None,
        "ended": time.time(),
        "tries": 1,
        "door": "socket",
        "broken": [],
    }


def sql(text: str) -> Callable[[Rows], None]:
    """Return what does this to the tables."""

    def plant(_rows: Rows) -> None:
        with connection.cursor() as cursor:
            cursor.execute(UNGUARD)
            cursor.execute(text)

    return plant


def another_id(rows: Rows) -> None:
    rows[1]["answer"]["id"] += 1_000


def never_stored(rows: Rows) -> None:
    rows[1]["entry"]["client_order_id"] = "never"


def filled_more(rows: Rows) -> None:
    rows[1]["answer"]["filled"] += 1


def another_the_second_time(rows: Rows) -> None:
    rows[1]["again"] = {**rows[1]["answer"], "id": 999}


def refused_yet_stored(rows: Rows) -> None:
    rows[1]["answer"] = msgspec.to_builtins(Answer(refused="Halted"))


def nobody_asked(rows: Rows) -> None:
    rows.pop(1)


def another_end(rows: Rows) -> None:
    rows[3]["answer"]["state"] = "FILLED"


def failed_by_http(rows: Rows) -> None:
    rows[0]["broken"] = ["500 error"]


PLANTED = (
    another_id,
    never_stored,
    filled_more,
    another_the_second_time,
    refused_yet_stored,
    nobody_asked,
    another_end,
    failed_by_http,
    sql("DELETE FROM marketplace_marketevent WHERE number = 2"),
    sql("UPDATE marketplace_marketevent SET kind = 'ORDER_EXPIRED' WHERE kind = 'ORDER_FILLED'"),
    sql("UPDATE marketplace_journalbatch SET epoch = 99 WHERE number = 2"),
    sql("DELETE FROM marketplace_journalbatch WHERE number = 3"),
    sql("UPDATE marketplace_journalbatch SET commands = replace(commands, '4', '5')"),
    sql("UPDATE marketplace_order SET held_micros = held_micros + 1"),
    sql("UPDATE marketplace_marketsequence SET halted_by = 'planted'"),
)


def test_a_sound_day_is_found_sound(rows: Rows) -> None:
    verdict = judge(rows)

    assert (verdict.lost, verdict.duplicated, verdict.wrong) == (0, 0, [])
    assert verdict.verified == verdict.batches > 3


@pytest.mark.parametrize("number", range(len(PLANTED)))
def test_control_what_is_planted_is_found(rows: Rows, number: int, tell: Tell) -> None:
    PLANTED[number](rows)
    wrong = judge(rows).wrong

    assert wrong
    tell(Line("the judge", 1, caught=wrong[0].partition(":")[0]))


def test_storms_of_one_name_are_told_as_one_line() -> None:
    parts = [
        Line("engine", 2, away_s=(0.5, 4.0)),
        Line("storm", 2, 10, 0, 1),
        Line("engine", 1, away_s=(1.0,)),
        Line("storm", 1, 5, 2, 0),
    ]

    assert added_up(parts) == [
        Line("engine", 3, away_s=(0.5, 4.0, 1.0)),
        Line("storm", 3, 15, 2, 1),
    ]
