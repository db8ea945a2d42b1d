"""Each promise of a link's delivery is broken on purpose, and caught."""

from datetime import timedelta

import pytest
from django.db import connection

from delivery.queries.link_invariants import LINK_INVARIANTS
from tests.unit.delivery.links.link_story import LinkStory
from tests.unit.delivery.story import broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

CORRUPTIONS = [
    ("D-LINK-01", "UPDATE delivery_linkdelivery SET external_name = 'gh-x'"),
    ("D-LINK-01", "UPDATE delivery_linkdelivery SET gbps = gbps + 1"),
    (
        "D-LINK-01",
        """UPDATE delivery_linkdelivery SET agreement_id =
           (SELECT min(id) FROM contracts_agreement WHERE trade_id IS NOT NULL)""",
    ),
    ("D-LINK-02", "UPDATE delivery_linkreading SET moved_mb = moved_mb + 1 WHERE sequence = 2"),
    (
        "D-LINK-02",
        "UPDATE delivery_linkreading SET previous_hash = repeat('0', 64) WHERE sequence = 2",
    ),
    ("D-LINK-02", "DELETE FROM delivery_linkreading WHERE sequence = 5"),
    ("D-LINK-02", "UPDATE delivery_linkdelivery SET chain_head = repeat('0', 64)"),
    ("D-LINK-03", "UPDATE delivery_sealedlinkhour SET available_gbps_seconds = 1"),
    ("D-LINK-03", "UPDATE delivery_sealedlinkhour SET moved_mb = moved_mb + 1"),
    ("D-LINK-03", "DELETE FROM delivery_linkreading WHERE sequence = 2"),
    ("D-LINK-03", "UPDATE delivery_sealedlinkhour SET contracted_gbps_seconds = 99999"),
    ("D-LINK-04", "DELETE FROM delivery_sealedlinkhour"),
    (
        "D-LINK-05",
        "UPDATE delivery_linkreading SET available_gbps_seconds = 9001 WHERE sequence = 1",
    ),
    (
        "D-LINK-05",
        """UPDATE delivery_linkreading SET interval_start = interval_start - interval '1 day'
           WHERE sequence = 1""",
    ),
    ("D-LINK-06", "UPDATE delivery_linkdelivery SET state = 'COMPLETED'"),
    ("D-LINK-06", "DELETE FROM delivery_linkevent WHERE kind = 'ACCEPTED'"),
    ("D-LINK-06", "DELETE FROM delivery_linktest"),
]
# Broken in tests of their own, below.
BY_TIME = {"D-LINK-07"}
APPEND_ONLY = ("linkevent", "linktest", "linkreading", "sealedlinkhour")


@pytest.fixture
def story(world: World) -> LinkStory:
    story = LinkStory(world)
    story.begin()
    story.quarters(5)
    assert broken() == []
    return story


@pytest.mark.parametrize(("code", "statement"), CORRUPTIONS)
def test_what_is_broken_is_found(story: LinkStory, code: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE delivery_{table} DISABLE TRIGGER USER")
        cursor.execute(statement)

    assert code in broken()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_is_never_changed(story: LinkStory, table: str) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="append-only"):
        cursor.execute(f"DELETE FROM delivery_{table}")  # noqa: S608 - a constant


def test_a_link_that_outlives_its_deadline_is_found(story: LinkStory) -> None:
    step_to(market_at=story.agreement.ends_at, reason="test", wall=wall_now())
    assert "D-LINK-07" not in broken()

    late = story.agreement.ends_at + timedelta(hours=3)
    step_to(market_at=late, reason="test", wall=wall_now())

    assert "D-LINK-07" in broken()


def test_an_agreement_without_its_delivery_is_found(world: World) -> None:
    story = LinkStory(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE delivery_linkevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM delivery_linkevent")
        cursor.execute("DELETE FROM delivery_linkdelivery")
    step_to(market_at=story.agreement.ends_at, reason="test", wall=wall_now())

    assert "D-LINK-01" in broken()


def test_every_promise_of_links_has_a_corruption() -> None:
    broken_here = {code for code, _ in CORRUPTIONS} | BY_TIME

    assert broken_here == {invariant.code for invariant in LINK_INVARIANTS}
