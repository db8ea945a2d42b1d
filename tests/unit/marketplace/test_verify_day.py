"""A day's journal gives the same hash again, or somebody changed history."""

import json
import zlib
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from exchange.window import delivery_day
from marketplace.actions import cancel_order, expire_due, halt_trading, resume_trading
from marketplace.models import BookSnapshot, JournalBatch
from marketplace.queries.days import verify_day
from tests.world import World

pytestmark = pytest.mark.django_db


def a_busy_day(world: World) -> None:
    world.listing(devices=20, start=3)
    world.order(amount=12, splittable=True)
    order = world.order(amount=2, limit_micros=1_000_000)
    cancel_order(buyer_id=order.buyer_id, order_id=order.pk, now=world.now)
    halt = halt_trading(scope="MARKET", subject_id=None, reason="drill", now=world.now)
    resume_trading(halt_id=halt.pk, now=world.now)
    world.order(amount=4, time_in_force="IOC")
    expire_due(world.now + timedelta(hours=2))


def test_a_day_replays_to_its_hash(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    a_busy_day(world)
    day = delivery_day(world.now)

    found = verify_day(day)

    assert found is not None
    assert (found.differs_at, found.batches) == (0, JournalBatch.objects.count())
    assert found.chain == JournalBatch.objects.latest("number").chain
    call_command("verify_day", day.isoformat())
    assert f"hash {found.chain}: as published" in capsys.readouterr().out


def test_the_next_day_begins_with_a_snapshot_of_its_own(world: World) -> None:
    a_busy_day(world)
    first = delivery_day(world.now)
    world.now += timedelta(days=1)
    world.listing(start=30)

    assert [row.day for row in BookSnapshot.objects.order_by("day")] == [
        first,
        first + timedelta(days=1),
    ]
    for day in (first, first + timedelta(days=1)):
        found = verify_day(day)
        assert found is not None
        assert found.differs_at == 0


@pytest.mark.parametrize(
    "forged",
    [
        "commands = replace(commands, '\"amount\":12', '\"amount\":11')",
        "chain = repeat('0', 64)",
        "last_number = last_number + 1",
    ],
)
def test_a_changed_batch_is_found(world: World, forged: str) -> None:
    a_busy_day(world)
    number = JournalBatch.objects.get(commands__contains='"amount":12').number
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_journalbatch DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE marketplace_journalbatch SET {forged} WHERE number = %s",  # noqa: S608
            [number],
        )

    with pytest.raises(CommandError, match=f"batch {number} gives another hash"):
        call_command("verify_day", delivery_day(world.now).isoformat())


def test_a_day_without_a_snapshot_cannot_be_verified(world: World) -> None:
    with pytest.raises(CommandError, match="no snapshot"):
        call_command("verify_day", delivery_day(world.now).isoformat())


def test_a_day_of_an_older_book_is_named_as_such(world: World) -> None:
    a_busy_day(world)
    batch = JournalBatch.objects.filter(commands__contains='"do":"pool"').earliest("number")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_journalbatch DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE marketplace_journalbatch SET commands = replace(commands,"
            """ '{"do":"pool",', '{"do":"pool","link_gbps":10,') WHERE number = %s""",
            [batch.number],
        )

    told = f"batch {batch.number} was written by another version of the book: .*link_gbps"
    with pytest.raises(CommandError, match=told):
        call_command("verify_day", delivery_day(world.now).isoformat())


def test_a_snapshot_of_an_older_book_is_named_as_such(world: World) -> None:
    a_busy_day(world)
    world.now += timedelta(days=1)
    world.listing(start=30)
    opening = BookSnapshot.objects.latest("day")
    state = json.loads(zlib.decompress(opening.state))
    for facts, _ in state["pools"]:
        facts["link_gbps"] = 10
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_booksnapshot DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE marketplace_booksnapshot SET state = %s WHERE id = %s",
            [zlib.compress(json.dumps(state).encode()), opening.pk],
        )

    with pytest.raises(CommandError, match=r"the snapshot was written by another version .*link"):
        call_command("verify_day", opening.day.isoformat())
