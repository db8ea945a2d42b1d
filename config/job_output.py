"""A job's output as server-sent events: each numbered piece once, then how the job ended.

The address carries a ticket that the job's page or API gave out. A browser that comes back with
Last-Event-ID (others: `?after=`) goes on where it was.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from config.events import HEADERS, KEEP_ALIVE_SECONDS, RETRY_MILLISECONDS
from config.reader import reader
from counter.waking import announce
from delivery.adapters.tickets import OPENS_FOR, opens
from delivery.queries import log_after, standing_of

LOOK_SECONDS = 0.5
# While somebody reads along, the job's site is asked more often than the market's turn comes.
WAKE_SECONDS = 2.0
MOST_STREAMS = 200
_open: set[object] = set()


async def job_output(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stream the output of one job; 404 without its ticket, 503 when too many listen."""
    if not opens(request.GET.get("ticket", ""), pk):
        return HttpResponse(status=404)
    if len(_open) >= MOST_STREAMS:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "0")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    return StreamingHttpResponse(
        _stream(pk, after), content_type="text/event-stream", headers=HEADERS
    )


async def _stream(pk: int, seen: int) -> AsyncIterator[str]:
    house, place = reader(), object()
    _open.add(place)
    until, said_at, woken_at = time.monotonic() + OPENS_FOR.total_seconds(), time.monotonic(), 0.0
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        while time.monotonic() < until:
            standing = await house.ask(standing_of, pk)
            pieces = await house.ask(log_after, pk, seen)
            for piece in pieces:
                seen, said_at = piece.sequence, time.monotonic()
                data = json.dumps({"text": piece.text})
                yield f"id: {seen}\nevent: piece\ndata: {data}\n\n"
            if not pieces and standing is None:
                return
            if not pieces and standing is not None and standing.ended:
                yield f"event: end\ndata: {json.dumps({'state': standing.state})}\n\n"
                return
            if time.monotonic() - woken_at > WAKE_SECONDS:
                woken_at = time.monotonic()
                await house.ask(announce, "job")
            if time.monotonic() - said_at > KEEP_ALIVE_SECONDS:
                said_at = time.monotonic()
                yield ": still here\n\n"
            if not pieces:
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        _open.discard(place)
        house.rest()
