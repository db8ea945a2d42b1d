"""The doors of the order path: what is sent there, and what a load of it takes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.figures import Run, percentile
from bench.inserts import CLIENTS
from bench.load import Tally, Wire, flood, pace
from bench.machine import Usage, watched
from bench.orders_mix import Mix
from bench.programs import SOCKET
from bench.wires import HttpWire, SocketWire

SOCKETS, IN_FLIGHT = 8, 256
Wires = Callable[[Tally], Sequence[Wire]]


class ClosedError(Exception):
    """A door has accepted nothing."""


@dataclass(frozen=True)
class Door:
    """Where a load goes, whose processor time is the server's, and whose is ours at all."""

    wires: Wires
    servers: dict[str, int]
    ours: Iterable[int]

    def flooded(self, seconds: float) -> Run:
        """Ask as fast as is answered; return accepted orders a second."""
        tally, usage = self._loaded(lambda tally, wires: flood(wires, tally, seconds))
        costs = ", ".join(
            f"{server} {usage.by_server[pid] * 1_000_000 / tally.accepted:.0f}"
            for server, pid in self.servers.items()
        )
        p50, p99 = (percentile(tally.latencies, share) * 1_000 for share in (50, 99))
        note = f"{tally.filled} filled; p50 {p50:.1f}, p99 {p99:.1f} ms; CPU µs each: {costs}"
        return _run(tally.accepted / tally.seconds, "orders/s", tally, usage, note)

    def paced(self, seconds: float, rate: float) -> Run:
        """Ask so often; return the 99th percentile of the time to the answer."""
        tally, usage = self._loaded(lambda tally, wires: pace(wires, tally, seconds, rate))
        p50, p99 = (percentile(tally.latencies, share) * 1_000 for share in (50, 99))
        return _run(p99, "ms p99", tally, usage, f"{rate:.0f} orders/s, p50 {p50:.1f} ms")

    def _loaded(self, load: Callable[[Tally, Sequence[Wire]], None]) -> tuple[Tally, Usage]:
        tally = Tally()
        wires = self.wires(tally)
        servers = self.servers.values()
        usage = watched(lambda: load(tally, wires), ours=self.ours, servers=servers)
        for wire in wires:
            wire.sock.close()
        if not tally.accepted:
            raise ClosedError(f"nothing was accepted: {tally.refused.most_common(1)}")
        return tally, usage


def sockets(mix: Mix) -> Wires:
    """Return the engine's own socket, with all calls in flight at once."""
    window = IN_FLIGHT // SOCKETS
    return lambda tally: [SocketWire(SOCKET, mix, tally, window) for _ in range(SOCKETS)]


def clients(mix: Mix, port: int, batch: int = 1) -> Wires:
    """Return HTTP clients, each with the token of one of the members."""
    return lambda tally: [
        HttpWire(port, mix, tally, number % len(mix.traders), batch) for number in range(CLIENTS)
    ]


def _run(value: float, unit: str, tally: Tally, usage: Usage, note: str) -> Run:
    cpu = usage.servers_s * 1_000_000 / tally.accepted
    refused = f"; refused {dict(tally.refused.most_common(3))}" if tally.refused else ""
    return Run(value, unit, cpu, usage.foreign_bp, note + refused)
