"""The events door streams what changed: in order, replayed after a break, read once for all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection
from django.test import AsyncClient
from redis import Redis

import config.increments
import config.reader
from config.listeners import INBOX, Listener, Listeners, Parcel
from counter.waking import facts_channel
from marketplace.actions import replace_order
from marketplace.models import MarketEvent
from marketplace.queries.feed import increments_after
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Fields = dict[str, str]


@pytest.fixture
def world(transactional_db: None) -> World:
    return World()


@asynccontextmanager
async def stream(query: str, **headers: str) -> AsyncIterator[AsyncIterator[Fields]]:
    """Open the door and read its messages as dictionaries of their fields."""
    answer = await AsyncClient().get(f"/events/{query}", headers=headers)
    assert answer.status_code == 200
    parts: AsyncIterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]

    async def messages() -> AsyncIterator[Fields]:
        async for part in parts:
            for block in part.decode().split("\n\n"):
                if block and not block.startswith((":", "retry")):
                    yield dict(line.split(": ", 1) for line in block.splitlines())

    try:
        yield messages()
    finally:
        await parts.aclose()  # type: ignore[attr-defined]


async def take(messages: AsyncIterator[Fields], many: int) -> list[Fields]:
    async def taken() -> list[Fields]:
        return [await anext(messages) for _ in range(many)]

    return await asyncio.wait_for(taken(), 20)


async def act(deed: Callable[[], object]) -> None:
    await asyncio.to_thread(committed, deed)


def committed(deed: Callable[[], object]) -> None:
    try:
        deed()
    finally:
        config.increments.let_go()


def run(story: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(story())  # type: ignore[arg-type]


def test_what_happens_is_streamed_as_the_api_tells_it(world: World) -> None:
    world.listing()

    async def story() -> list[Fields]:
        async with stream("?product=h100-sxm") as messages:
            (start,) = await take(messages, 1)
            assert start == {"id": "1", "event": "start", "data": '{"number": 1}'}
            await act(lambda: world.order(chips_allowed=("h100-sxm",)))
            told: list[Fields] = []
            while len(told) < 2:
                told += [one for one in await take(messages, 1) if one.get("event") == "increment"]
            return told

    told = run(story)
    known = [one for one in increments_after(1, product_code="h100-sxm").increments if one.changes]
    assert [int(one["id"]) for one in told] == [one.number for one in known] == [2, 3]
    assert [json.loads(one["data"])["kind"] for one in told] == ["ORDER_ACCEPTED", "TRADED"]
    assert json.loads(told[1]["data"])["trade"]["devices"] == 8


def test_who_comes_back_is_told_what_it_missed(world: World) -> None:
    world.listing()
    world.listing(price="1.95")

    async def story() -> list[Fields]:
        async with stream("?product=fp16", **{"Last-Event-ID": "1"}) as messages:
            return await take(messages, 1)

    (missed,) = run(story)
    assert (missed["id"], missed["event"]) == ("2", "increment")


@pytest.mark.parametrize(("seen", "most"), [("1", 2), ("99", 5_000)])
def test_who_missed_too_much_or_comes_from_another_market_starts_again(
    world: World, monkeypatch: pytest.MonkeyPatch, seen: str, most: int
) -> None:
    monkeypatch.setattr("config.increments.MOST_REPLAYED", most)
    world.deal()

    async def story() -> list[Fields]:
        async with stream(f"?product=fp16&after={seen}") as messages:
            (reset,) = await take(messages, 1)
            await act(world.listing)
            return [reset, *await take(messages, 1)]

    reset, later = run(story)
    assert (reset["event"], reset["data"]) == ("reset", '{"number": 5}')
    assert (later["event"], later["id"]) == ("increment", "6")


def test_without_valkey_increments_and_trades_are_told_a_little_later(
    world: World, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    world.listing()

    async def story() -> list[Fields]:
        async with stream("?product=fp16") as messages:
            await take(messages, 1)
            await act(lambda: world.order(chips_allowed=("h100-sxm",)))
            return await take(messages, 4)

    assert {"traded", "increment"} <= {one.get("event", "") for one in run(story)}


def test_however_many_listen_the_database_is_asked_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = config.increments.read_after

    def counted(after: int, followed: frozenset[str]) -> Any:
        reading = read(after, followed)
        if reading.parcels:
            asked.append(after)
        return reading

    monkeypatch.setattr("config.reader.read_after", counted)

    async def story() -> list[list[Fields]]:
        begun = asyncio.Semaphore(0)

        async def follow() -> list[Fields]:
            async with stream("?product=fp16") as messages:
                start = await take(messages, 1)
                begun.release()
                return start + await take(messages, 1)

        followers = [asyncio.create_task(follow()) for _ in range(20)]
        for _ in followers:
            await begun.acquire()
        await act(world.listing)
        return await asyncio.gather(*followers)

    heard = run(story)
    assert {tuple(one["event"] for one in messages) for messages in heard} == {
        ("start", "increment")
    }
    assert asked == [0]


def test_a_stretch_that_cannot_be_read_silences_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_after: int, _followed: frozenset[str]) -> Any:
        raise KeyError

    async def story() -> tuple[list[Fields], list[str]]:
        async with stream("") as facts, stream("?product=fp16") as messages:
            await take(messages, 1)
            monkeypatch.setattr("config.reader.read_after", broken)
            await act(world.deal)
            rest = [one["event"] async for one in messages if "event" in one]
            with Redis.from_url(house.REDIS_URL) as valkey:
                valkey.publish(facts_channel(), "traded")
            return await take(facts, 1), rest

    told, rest = run(story)
    assert [one["event"] for one in told] == ["traded"]
    assert set(rest) <= {"traded"}  # the follower's stream has ended: it comes back


def test_an_event_that_does_not_tell_what_it_replaced_starts_its_followers_again(
    world: World,
) -> None:
    order = world.order(amount=20, limit_micros=1_000_000)
    replace_order(
        buyer_id=world.cast.ben.id, order_id=order.pk, version=1, amount=12, now=world.now
    )
    silenced = {"number__gt": 1, "kind": "ORDER_REPLACED"}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        MarketEvent.objects.filter(**silenced).update(facts={})
        cursor.execute("SET session_replication_role = origin")

    async def story() -> list[Fields]:
        async with stream("?product=fp16&after=1") as messages:
            return await take(messages, 1)

    (reset,) = run(story)
    assert (reset["event"], reset["id"]) == ("reset", "2")


def test_a_product_that_is_not_there_is_not_followed() -> None:
    async def story() -> int:
        return (await AsyncClient().get("/events/?product=h900")).status_code

    assert run(story) == 404


def test_a_full_house_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.listeners.MOST_LISTENERS", 0)

    async def story() -> Any:
        return await AsyncClient().get("/events/")

    answer = run(story)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def parcels() -> Iterator[Parcel]:
    number = 0
    while True:
        number += 1
        yield Parcel(((number, f"id: {number}\n\n"),), number)


def test_a_slow_listener_is_dropped_and_no_queue_grows() -> None:
    listeners, slow, swift = Listeners(), Listener("fp16"), Listener("fp16")
    listeners.all = {slow, swift}

    for parcel, _ in zip(parcels(), range(10 * INBOX), strict=False):
        listeners.tell(parcel, product="fp16")
        swift.text_of(swift.inbox.get_nowait())

    assert (slow.dropped, slow.inbox.qsize()) == (True, INBOX)
    assert listeners.all == {swift}
    assert swift.seen == 10 * INBOX


def test_what_was_replayed_is_not_told_twice() -> None:
    listener = Listener("fp16", seen=2)
    parcel = Parcel(((1, "one"), (2, "two"), (3, "three"), (0, "fact")), last=5)

    assert listener.text_of(parcel) == "threefactid: 5\n\n"
    assert listener.text_of(parcel) == "fact"
