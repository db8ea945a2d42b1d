"""Live pages: facts and increments as server-sent events.

A fact is a word ("traded"), never a row: what changed is fetched through the page's own door,
which knows who asks. Increments (`?product=`) are public and name nobody. So anybody may listen.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from config.increments import known, market_end, read_after
from config.listeners import Listener
from config.reader import Reader, reader

KEEP_ALIVE_SECONDS = 15
RETRY_MILLISECONDS = 3000
HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    # In the demo the events have a port of their own.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def events(request: HttpRequest) -> HttpResponseBase:
    """Stream the facts that actions announce, and with `?product=` its numbered increments.

    A browser that comes back with Last-Event-ID (others: `?after=`) is told what it missed;
    if that is too much or unknown, a `reset` tells it to take a new snapshot.
    """
    house = reader()
    if house.listeners.full:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    product = request.GET.get("product", "")
    if product and not await house.ask(known, product):
        house.rest()
        return HttpResponse(status=404)
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    return StreamingHttpResponse(
        _stream(house, Listener(product), after),
        content_type="text/event-stream",
        headers=HEADERS,
    )


async def _stream(house: Reader, listener: Listener, after: int | None) -> AsyncIterator[str]:
    await house.join(listener)
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        if listener.product:
            async for text in _missed(house, listener, after):
                yield text
        while not listener.dropped:
            try:
                parcel = await asyncio.wait_for(listener.inbox.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
            else:
                if text := listener.text_of(parcel):
                    yield text
        yield ": too slow, come back\n\n"
    finally:
        house.leave(listener)


async def _missed(house: Reader, listener: Listener, after: int | None) -> AsyncIterator[str]:
    """Replay from the database what happened after a number, up to what the reader will tell."""
    if after is None:
        listener.seen = await house.ask(market_end)
        start = json.dumps({"number": listener.seen})
        yield f"id: {listener.seen}\nevent: start\ndata: {start}\n\n"
        return
    listener.seen = after
    more = True
    while more:
        reading = await house.ask(read_after, listener.seen, frozenset({listener.product}))
        more = reading.more
        if parcel := reading.parcels.get(listener.product):
            yield listener.text_of(parcel)
