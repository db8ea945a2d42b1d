"""The engine's door to other machines: whoever shows no certificate of the authority stays out."""

import asyncio
import ssl
from collections.abc import Callable

import structlog

from marketplace.adapters.certificates import our_side
from marketplace.domain.places import Place

log = structlog.get_logger(__name__)
SHAKE_SECONDS = 2.0
# More that have shown nothing yet are sent away at once.
MOST_AT_THE_GATE = 64
# Told to a caller that was let in: only then does it know that it was.
GREETING = b'{"id":0,"answers":[]}\n'


async def listen_behind_certificates(
    place: Place, caller: Callable[[], asyncio.Protocol]
) -> asyncio.Server:
    """Listen at a network address; callers are let in when both sides know each other."""
    gate = _Gate(our_side(serving=True), caller)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Stranger(gate), place.name, place.port, backlog=256)


class _Gate:
    """Where strangers wait while their certificates are looked at."""

    def __init__(self, context: ssl.SSLContext, caller: Callable[[], asyncio.Protocol]) -> None:
        self.context, self.caller = context, caller
        self.looking_at: set[asyncio.Task[None]] = set()

    def meet(self, transport: asyncio.Transport) -> None:
        """Look at a stranger's certificate, if not too many are looked at."""
        if len(self.looking_at) >= MOST_AT_THE_GATE:
            log.warning("engine_gate_crowded")
            transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._let_in(transport))
        self.looking_at.add(task)
        task.add_done_callback(self.looking_at.discard)

    async def _let_in(self, transport: asyncio.Transport) -> None:
        peer = transport.get_extra_info("peername")
        caller = self.caller()
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                caller,
                self.context,
                server_side=True,
                ssl_handshake_timeout=SHAKE_SECONDS,
            )
        except (OSError, EOFError) as problem:
            log.warning("engine_caller_refused", peer=str(peer), why=str(problem))
            transport.abort()
            return
        if secure is None:
            return
        subject = (secure.get_extra_info("peercert") or {}).get("subject", ())
        log.info("engine_caller_let_in", peer=str(peer), subject=str(subject))
        caller.connection_made(secure)
        secure.write(GREETING)


class _Stranger(asyncio.Protocol):
    """Somebody who has not shown a certificate yet: nothing is read before."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Go to the gate."""
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        self._gate.meet(transport)
