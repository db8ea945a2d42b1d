"""The door to served endpoints: an ASGI application on an origin of its own.

`/JOB/...` with an API token of the buyer's, or `/t/TICKET/...` with the ticket in the address.
Each request goes over a connection of its own to the one service that the ticket or the number
names, and nowhere else: the caller chooses neither host nor port.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import httpcore  # noqa: E402
import structlog  # noqa: E402
from django.db import Error as DatabaseError  # noqa: E402

from config.door_body import Body, Receive, Refusal, Send  # noqa: E402
from config.door_keys import Found, found_for  # noqa: E402
from config.door_socket import GOING_AWAY, Linked, close  # noqa: E402
from delivery.adapters.connector import ConnectorFailed  # noqa: E402
from delivery.adapters.doors.wire import Wire  # noqa: E402
from delivery.domain import forwarding  # noqa: E402
from delivery.domain.forwarding import BadRequest, Target  # noqa: E402

Scope = dict[str, Any]
Got = TypeVar("Got")

log = structlog.get_logger(__name__)
MOST_REQUESTS, MOST_A_SERVICE = 200, 16
# The longest silence of a service, and the longest request.
SILENCE_S, WHOLE_S = 120.0, 900.0
ORIGIN = httpcore.Origin(scheme=b"http", host=b"localhost", port=80)
PATIENCE = {"read": SILENCE_S, "write": SILENCE_S}

_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="door")
_open: dict[int, int] = {}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass one request or WebSocket on to its service, or refuse it."""
    if scope["type"] == "websocket":
        await _link(scope, receive, send)
    if scope["type"] != "http":
        return
    began: list[bool] = []

    async def once_begun(message: dict[str, Any]) -> None:
        began.append(True)
        await send(message)

    try:
        async with asyncio.timeout(WHOLE_S):
            await _pass_on(scope, receive, once_begun)
    except Refusal as refusal:
        await _refuse(send, refusal)
    except (TimeoutError, httpcore.TimeoutException):
        await _fail(send, began, 504, "the service did not answer in time")
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        await _fail(send, began, 502, "the service closed the connection or spoke no HTTP")


async def _pass_on(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/healthz":
        raise Refusal(200, "the door is open")
    async with _place(scope) as (target, found, lines):
        await _over_a_wire(scope, target, found, lines, receive, send)


@asynccontextmanager
async def _place(scope: Scope) -> AsyncIterator[tuple[Target, Found, forwarding.Headers]]:
    """Hold one of the service's places for a caller who may come in; Refusal for others."""
    try:
        target = forwarding.target_of(scope["raw_path"], scope["query_string"])
        lines = forwarding.to_service(scope["headers"], str(target.job_id if target else 0))
    except BadRequest as bad:
        raise Refusal(400, str(bad)) from bad
    if scope.get("method", "GET") not in forwarding.METHODS:
        raise Refusal(405, "this method is not passed on")
    found = await _found(target, scope["headers"])
    if target is None or found is None:
        raise Refusal(404, "there is no such endpoint, or it is not yours")
    if sum(_open.values()) >= MOST_REQUESTS or _open.get(target.job_id, 0) >= MOST_A_SERVICE:
        raise Refusal(503, "too many requests at once", retry_after_s=1)
    _open[target.job_id] = _open.get(target.job_id, 0) + 1
    try:
        yield target, found, lines
    finally:
        _open[target.job_id] -= 1
        if not _open[target.job_id]:
            del _open[target.job_id]


async def _link(scope: Scope, receive: Receive, send: Send) -> None:
    """Link a caller's WebSocket with the service's. Whom the door refuses, it does not accept."""
    await receive()
    why = "this took too long"
    with suppress(TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, OSError):
        try:
            async with asyncio.timeout(WHOLE_S), _place(scope) as (target, found, lines):
                wire = await _wire_to(found)
                try:
                    linked = Linked(wire, receive, send)
                    await linked.open(target.path, lines, scope.get("subprotocols") or [])
                    await linked.carry(SILENCE_S)
                finally:
                    await wire.aclose()
        except Refusal as refusal:
            why = refusal.sentence
    await close(send, GOING_AWAY, why)


async def _found(target: Target | None, headers: list[tuple[bytes, bytes]]) -> Found | None:
    if target is None:
        return None
    given = [value for name, value in headers if name.lower() == b"authorization"]
    bearer = given[0].decode("latin-1") if len(given) == 1 else ""
    try:
        return await _in_thread(found_for, target.job_id, target.ticket, bearer)
    except DatabaseError as away:
        raise Refusal(503, "the house cannot look up the endpoint now", retry_after_s=5) from away


async def _over_a_wire(
    scope: Scope,
    target: Target,
    found: Found,
    lines: forwarding.Headers,
    receive: Receive,
    send: Send,
) -> None:
    wire = await _wire_to(found)
    connection = httpcore.AsyncHTTP11Connection(origin=ORIGIN, stream=wire)
    try:
        body = Body(receive)
        lines = [*lines, *body.framing(scope["headers"])]
        request = httpcore.Request(
            method=scope["method"].encode("ascii"),
            url=httpcore.URL(scheme=b"http", host=b"localhost", port=80, target=target.path),
            headers=lines,
            content=body.pieces(),
            extensions={"timeout": PATIENCE},
        )
        answer = await connection.handle_async_request(request)
        await _hand_back(answer, target, body, send)
    finally:
        await wire.aclose()


async def _wire_to(found: Found) -> Wire:
    try:
        connected = await _in_thread(found.enter)
    except ConnectorFailed as closed:
        raise Refusal(502, "nobody listens at the service's port now", retry_after_s=2) from closed
    return await Wire.over(connected)


async def _hand_back(answer: httpcore.Response, target: Target, body: Body, send: Send) -> None:
    """Stream the answer until it ends or the caller leaves."""
    if answer.status < 200:
        raise Refusal(502, "the service asked for another protocol")
    headers = forwarding.to_caller(answer.headers, target.prefix)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def stream() -> None:
        async for piece in answer.aiter_stream():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    streaming, leaving = asyncio.create_task(stream()), asyncio.create_task(body.caller_left())
    watched = {streaming, leaving} if body.ended else {streaming}
    try:
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if streaming.done():
            streaming.result()
    finally:
        for task in (streaming, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _refuse(send: Send, refusal: Refusal) -> None:
    content = json.dumps({"detail": refusal.sentence}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *forwarding.SAID_BY_THE_DOOR,
    ]
    if refusal.retry_after_s:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    if refusal.status == 404:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _fail(send: Send, began: list[bool], status: int, sentence: str) -> None:
    """Say that the service failed; an answer that has begun is broken off instead."""
    if not began:
        await _refuse(send, Refusal(status, sentence))
        return
    log.info("service_broke_off", status=status)
    msg = "the service broke off its answer"
    raise ConnectionError(msg)


async def _in_thread(act: Callable[..., Got], *facts: object) -> Got:
    return await asyncio.get_running_loop().run_in_executor(_threads, act, *facts)
