"""A socket to a job as httpcore's stream, and one look at a service's health over it."""

import asyncio
import http.client
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import httpcore

from delivery.domain.serving import Look, Verdict

HOST = "localhost"
MOST_DETAIL_CHARACTERS = 120


class Wire(httpcore.AsyncNetworkStream):
    """One connection to a job; it is used for one request and closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both directions of a connected socket."""
        self.reader, self.writer = reader, writer

    @classmethod
    async def over(cls, connected: socket.socket) -> "Wire":
        """Return the stream over a connected socket, which it owns from here on."""
        connected.settimeout(0)
        return cls(*await asyncio.open_connection(sock=connected))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes; ReadTimeout when none come in time."""
        try:
            async with asyncio.timeout(timeout):
                return await self.reader.read(max_bytes)
        except TimeoutError as silence:
            raise httpcore.ReadTimeout from silence
        except OSError as broken:
            raise httpcore.ReadError from broken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes; WriteTimeout when the job does not take them in time."""
        try:
            async with asyncio.timeout(timeout):
                self.writer.write(buffer)
                await self.writer.drain()
        except TimeoutError as silence:
            raise httpcore.WriteTimeout from silence
        except OSError as broken:
            raise httpcore.WriteError from broken

    async def aclose(self) -> None:
        """Let go of the connection at once."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def get_extra_info(self, info: str) -> Any:
        """Tell nothing: there is neither TLS nor an address."""
        return None


def look(connected: socket.socket, path: str, timeout_s: int) -> Look:
    """Ask a service how it is: well is an answer of 200 to 399 to GET within the time.

    The whole look takes at most that time, however slowly the service speaks.
    """
    began = time.monotonic_ns()
    connected.settimeout(timeout_s)
    over = threading.Timer(timeout_s, _cut, [connected])
    over.start()
    asked = http.client.HTTPConnection(HOST)
    asked.sock = connected
    try:
        asked.request("GET", path, headers={"Host": HOST, "User-Agent": "gridhour-health"})
        answer = asked.getresponse()
        status, detail = answer.status, ""
    except (OSError, http.client.HTTPException) as failure:
        late = time.monotonic_ns() - began >= timeout_s * 1_000_000_000
        status, detail = None, "no answer in time" if late else f"no answer: {_said(failure)}"
    finally:
        over.cancel()
        asked.close()
    verdict = Verdict.PASSED if status is not None and 200 <= status < 400 else Verdict.FAILED
    return Look(verdict, status, (time.monotonic_ns() - began) // 1_000, detail)


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _said(failure: Exception) -> str:
    words = " ".join(str(failure).split()) or type(failure).__name__
    return "".join(letter for letter in words if letter.isprintable())[:MOST_DETAIL_CHARACTERS]
