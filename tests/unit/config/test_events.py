"""Open pages hear that something happened, and nothing about whom."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.conf import settings
from django.test import AsyncClient
from redis import Redis

from counter.waking import CHANNEL


async def first_fact(stream: AsyncIterator[bytes]) -> bytes:
    with Redis.from_url(settings.REDIS_URL) as valkey:
        async for part in stream:
            if part.startswith(b"event"):
                return part
            # A comment: the page listens by now, or will at the next one.
            valkey.publish(CHANNEL, "traded")
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
