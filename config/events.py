"""Live pages: facts as server-sent events, so that a page asks again for what has changed.

A fact is a word ("traded"), never a row: what changed is fetched through the page's own door,
which knows who asks. So anybody may listen.
"""

from collections.abc import AsyncIterator

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config.conductor import WAKES
from counter.waking import CHANNEL

KEEP_ALIVE_SECONDS = 15
RETRY_MILLISECONDS = 3000


async def events(_request: HttpRequest) -> StreamingHttpResponse:
    """Stream the facts that actions announce; browsers reconnect by themselves."""
    return StreamingHttpResponse(
        _facts(),
        content_type="text/event-stream",
        headers={
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            # In the demo the events have a port of their own.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


async def _facts() -> AsyncIterator[str]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    try:
        async with Redis.from_url(settings.REDIS_URL) as valkey, valkey.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                message = await channel.get_message(
                    ignore_subscribe_messages=True, timeout=KEEP_ALIVE_SECONDS
                )
                yield _line(message["data"].decode()) if message else ": still here\n\n"
    except RedisError:
        yield ": live data is away\n\n"


def _line(fact: str) -> str:
    return f"event: {fact}\ndata: {fact}\n\n" if fact in WAKES else ": unknown\n\n"
