"""The door for shells: an SSH server that takes certificates of the house and nothing else."""

import asyncio
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncssh
import structlog
from django.db import close_old_connections

from delivery.actions.shells import Visit, enter_shell, leave_shell, running_shell
from delivery.adapters.connector import ConnectorFailed, HasDoors
from delivery.adapters.connectors import connector_named
from delivery.adapters.doors.terminal import Frames, frame
from delivery.adapters.shell_keys import authority, host_key
from timetable.queries import market_now, wall_now

log = structlog.get_logger(__name__)
MOST_CONNECTIONS, LOGIN_S, LOOK_S, PIECE_BYTES = 100, 15, 3.0, 32 * 1024
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="ssh-door")
_connections: set[object] = set()


class Door(asyncssh.SSHServer):
    """Who comes in: by a certificate whose principal is the session; no forwarding of any kind."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count the connection; above a hundred no further one is taken."""
        if len(_connections) >= MOST_CONNECTIONS:
            conn.abort()
            return
        _connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the place go."""
        _connections.discard(self)

    def password_auth_supported(self) -> bool:
        """Take no passwords."""
        return False

    def kbdint_auth_supported(self) -> bool:
        """Ask no questions."""
        return False


@dataclass(frozen=True)
class Way:
    """The way between an SSH client and a shell in its cell."""

    process: "asyncssh.SSHServerProcess[bytes]"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def typed(self) -> None:
        """Carry what the client types, and the size of its window."""
        while True:
            try:
                piece = await self.process.stdin.read(PIECE_BYTES)
            except asyncssh.TerminalSizeChanged as size:
                rows, columns = min(size.height, 999), min(size.width, 999)
                self.writer.write(frame(b"w", struct.pack(">HH", rows, columns)))
                continue
            except (asyncssh.SignalReceived, asyncssh.BreakReceived):
                continue
            self.writer.write(frame(b"d", piece) if piece else frame(b"e", b""))
            await self.writer.drain()
            if not piece:
                return

    async def written(self) -> int:
        """Carry what the shell writes; return its exit code, 255 when it was cut off."""
        frames = Frames()
        while piece := await self.reader.read(PIECE_BYTES):
            for kind, payload in frames.take(piece):
                if kind == b"x":
                    return int(struct.unpack(">I", payload)[0])
                stream = self.process.stderr if kind == b"r" else self.process.stdout
                stream.write(payload)
                await stream.drain()
        return 255


async def attend(process: "asyncssh.SSHServerProcess[bytes]") -> None:
    """Give one client its shell; the visit is noted, and ends with the session."""
    name = str(process.get_extra_info("username"))
    address = str(process.get_extra_info("peername")[0])
    visit = await _in_thread(_enter, name, address)
    if visit is None:
        process.stderr.write(b"This session does not run, or may not be entered any more.\n")
        process.exit(254)
        return
    try:
        code = await _shell(process, visit, name)
    except (ConnectorFailed, OSError):
        process.stderr.write(b"The session's site cannot be reached now.\n")
        code = 253
    finally:
        await asyncio.shield(_in_thread(_leave, visit.visit_id))
    process.exit(min(code, 255))


async def _shell(process: "asyncssh.SSHServerProcess[bytes]", visit: Visit, name: str) -> int:
    site = connector_named(visit.connector)
    if not isinstance(site, HasDoors):
        return 253
    connected = await _in_thread(site.enter, visit.view, visit.external_id)
    connected.settimeout(0)
    reader, writer = await asyncio.open_connection(sock=connected)
    width, height, *_pixels = process.get_terminal_size()
    hello: dict[str, Any] = {"rows": height or 24, "columns": width or 80}
    hello |= {"term": process.get_terminal_type(), "command": process.command}
    writer.write(json.dumps(hello).encode() + b"\n")
    way = Way(process, reader, writer)
    typing, writing = asyncio.create_task(way.typed()), asyncio.create_task(way.written())
    try:
        while not writing.done():
            await asyncio.wait({writing}, timeout=LOOK_S)
            if not writing.done() and not await _in_thread(_may_stay, name):
                process.stderr.write(b"\r\nThe session has ended.\r\n")
                return 255
        return writing.result()
    finally:
        for task in (typing, writing):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        writer.close()


def _enter(name: str, address: str) -> Visit | None:
    return enter_shell(name=name, from_address=address, now=market_now(), wall=wall_now())


def _leave(visit_id: int) -> None:
    leave_shell(visit_id=visit_id, now=market_now(), wall=wall_now())


def _may_stay(name: str) -> bool:
    return running_shell(name, wall_now()) is not None


async def _in_thread(act: Any, *facts: object) -> Any:
    def asked() -> Any:
        close_old_connections()
        try:
            return act(*facts)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, asked)


async def open_ssh_door(host: str, port: int) -> asyncssh.SSHAcceptor:
    """Listen; the caller keeps the loop running."""
    ours = authority().export_public_key("openssh").decode().strip()
    trusted = asyncssh.import_authorized_keys(f"cert-authority {ours}\n")
    return await asyncssh.listen(
        host,
        port,
        server_factory=Door,
        server_host_keys=[host_key()],
        authorized_client_keys=trusted,
        process_factory=attend,
        encoding=None,
        login_timeout=LOGIN_S,
        keepalive_interval=30,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        line_editor=False,
    )
