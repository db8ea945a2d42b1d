"""Each promise of data is broken on purpose, and caught."""

import pytest
from django.db import connection

from delivery.queries.data_invariants import DATA_INVARIANTS
from tests.unit.delivery.data.data_story import given, turn
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

CORRUPTIONS = [
    ("D-DATA-01", "DELETE FROM delivery_datapiece WHERE number = 0"),
    ("D-DATA-01", "UPDATE delivery_datapiece SET number = 7 WHERE number = 1"),
    ("D-DATA-01", "UPDATE delivery_datapiece SET content = content || 'x' WHERE number = 1"),
    ("D-DATA-01", "UPDATE delivery_dataset SET state = 'CLEARED'"),
    ("D-DATA-02", "UPDATE delivery_datafile SET staged_bytes = 0, is_whole = false"),
    ("D-DATA-02", "UPDATE delivery_datafile SET staged_bytes = 1"),
    ("D-DATA-02", "UPDATE delivery_dataset SET state = 'UPLOADED'"),
]


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    given(delivery)
    turn(delivery)
    assert broken() == []
    return delivery


@pytest.mark.parametrize(("code", "statement"), CORRUPTIONS)
def test_a_planted_corruption_is_found(delivery: Delivery, code: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount

    assert code in broken()


def test_data_that_outlives_its_delivery_is_found(delivery: Delivery) -> None:
    delivery.quarters(8)
    assert delivery.row.state == "COMPLETED"

    step_to(market_at=delivery.row.ends_at, reason="test", wall=wall_now())
    assert "D-DATA-03" not in broken()
    late = delivery.row.ends_at + 2 * (delivery.row.ends_at - delivery.start)
    step_to(market_at=late, reason="test", wall=wall_now())

    assert broken() == ["D-DATA-03"]
    turn(delivery)
    assert broken() == []


def test_every_invariant_is_broken_somewhere_here() -> None:
    assert {code for code, _ in CORRUPTIONS} | {"D-DATA-03"} == {
        invariant.code for invariant in DATA_INVARIANTS
    }
