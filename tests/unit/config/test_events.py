"""Open pages hear that something happened, and nothing about whom."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings as house
from django.test import AsyncClient
from redis import Redis

from counter.context import events_url
from counter.waking import facts_channel


async def first_fact(stream: AsyncIterator[bytes]) -> bytes:
    with Redis.from_url(house.REDIS_URL) as valkey:
        async for part in stream:
            if part.startswith(b"event"):
                return part
            # A comment: the page listens by now, or will at the next one.
            valkey.publish(facts_channel(), "traded")
    return b""


@pytest.mark.django_db(transaction=True)
def test_a_trade_reaches_an_open_page_as_a_word() -> None:
    async def listen() -> bytes:
        answer = await AsyncClient().get("/events/")
        assert answer["Content-Type"] == "text/event-stream"
        stream: AsyncIterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]
        fact = await asyncio.wait_for(first_fact(stream), 5)
        await stream.aclose()  # type: ignore[attr-defined]
        return fact

    assert asyncio.run(listen()) == b"event: traded\ndata: traded\n\n"


@pytest.mark.parametrize(
    ("origin", "production", "address"),
    [
        ("http://127.0.0.1:8003", False, "http://127.0.0.1:8003/events/"),
        ("", True, "/events/"),
        ("", False, ""),
    ],
)
def test_pages_listen_at_the_door_for_events(
    settings: Any, origin: str, production: bool, address: str
) -> None:
    settings.EVENTS_URL, settings.PRODUCTION = origin, production

    assert events_url() == address
