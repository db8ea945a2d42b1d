"""The order path's figures: durable orders through each door by plain durable inserts."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.db import connections

from bench import inserts, place, supply
from bench.figures import Figure, Round, Run, figure, percentile
from bench.inserts import CLIENTS, Inserts
from bench.load import Tally, Wire, flood, pace
from bench.machine import Usage, watched
from bench.orders_mix import MIXES, Mix
from bench.programs import SOCKET, WEB_PROCESSES, WEB_THREADS, WITH_ENGINE, engine, web
from bench.server import postmaster
from bench.wires import HttpWire, SocketWire

SOCKETS, IN_FLIGHT = 8, 256
BATCH = 50
NAIVE_THREADS = 4
PGBENCH = f"÷ pgbench single-row inserts at {CLIENTS} clients, one statement a commit"
HTTP = f"{CLIENTS} clients with OAuth2 tokens, granian {WEB_PROCESSES} x {WEB_THREADS} threads"
MIX = {
    "path.socket_256_vs_pgbench": (
        f"one order a call, {IN_FLIGHT} calls in flight on {SOCKETS} connections; {PGBENCH}"
    ),
    "path.http_single_vs_pgbench": f"one order a request, {HTTP}; {PGBENCH}",
    "path.http_batch50_vs_pgbench": f"{BATCH} orders a request, {HTTP}; {PGBENCH}",
    "path.http_p99_vs_commit": (
        f"p99 at half of the round's single-order rate, from the instant when each was due;"
        f" ÷ pgbench's mean latency at {CLIENTS} clients"
    ),
    "path.vs_naive_orm": (
        f"one order a request, {HTTP}; ÷ the first transactional version (bench/baseline) in a"
        f" copy of the same market, granian {WEB_PROCESSES} x {NAIVE_THREADS} threads"
    ),
    "path.cpu_us_per_order_batch50": (
        f"{BATCH} orders a request: processor time of web, engine and PostgreSQL, an order"
    ),
}


@dataclass(frozen=True)
class Door:
    """Where a load goes, what it says there, and whose processor time is the server's."""

    mix: Mix
    servers: Sequence[int]
    wires: Callable[[Tally], Sequence[Wire]]


class OrderPath:
    """All loads on one PostgreSQL server, one right after the other."""

    def __init__(self, seconds: float, mix: str) -> None:
        self.seconds, self.mix = seconds, mix
        self.doors: dict[str, Door] = {}
        self.ours: list[int] = [os.getpid()]
        self.postmaster = 0

    def figures(self) -> list[Figure]:
        """Return the empty figures."""
        told = f"mix {self.mix}: {MIXES[self.mix]}"
        units = {"path.cpu_us_per_order_batch50": "µs"}
        return [figure(id_, units.get(id_, "ratio"), f"{told}; {mix}") for id_, mix in MIX.items()]

    @contextmanager
    def open(self) -> Iterator["OrderPath"]:
        """Lay the supply, copy the market for the baseline, and run the servers."""
        self.postmaster = postmaster()
        inserts.make_table()
        laid = supply.laid()
        connections.close_all()
        naive = {**place.copied(), "DJANGO_SETTINGS_MODULE": "bench.baseline.settings"}
        with ExitStack() as stack:
            engine_pid = stack.enter_context(engine())
            web_pid, port = stack.enter_context(web(environment=WITH_ENGINE))
            naive_pid, naive_port = stack.enter_context(web(NAIVE_THREADS, naive))
            self.ours += [self.postmaster, engine_pid, web_pid, naive_pid]
            house = [self.postmaster, engine_pid, web_pid]
            mixes = [
                Mix(self.mix, laid.traders, laid.products, laid.deliver_from, label)
                for label in ("bench", "naive")
            ]
            self.doors = {
                "socket": Door(mixes[0], house[:2], _sockets(mixes[0])),
                "single": Door(mixes[0], house, _clients(mixes[0], port, 1)),
                "batch": Door(mixes[0], house, _clients(mixes[0], port, BATCH)),
                "naive": Door(
                    mixes[1], [self.postmaster, naive_pid], _clients(mixes[1], naive_port, 1)
                ),
            }
            for name in self.doors:
                self._flood(name, 1.0)
            gc.collect()
            gc.freeze()
            yield self

    def round(self) -> list[Round]:
        """Measure the peer, then each door."""
        peer, peer_latency = self._peer()
        socket, single, batch = (
            self._flood(name, self.seconds) for name in ("socket", "single", "batch")
        )
        late = self._pace(single.value / 2)
        naive = self._flood("naive", self.seconds)
        cost = Run(batch.cpu_us_each or 0.0, "µs", batch.cpu_us_each, batch.foreign_bp)
        return [
            Round(ours=socket, peer=peer),
            Round(ours=single, peer=peer),
            Round(ours=batch, peer=peer),
            Round(ours=late, peer=peer_latency),
            Round(ours=single, peer=naive),
            Round(ours=cost),
        ]

    def _peer(self) -> tuple[Run, Run]:
        taken: list[Inserts] = []
        usage = watched(
            lambda: taken.append(inserts.inserted(self.seconds)),
            ours=self.ours,
            servers=[self.postmaster],
        )
        done = taken[0]
        cpu = usage.servers_s * 1_000_000 / done.count
        return (
            Run(done.a_second, "inserts/s", cpu, usage.foreign_bp),
            Run(done.latency_ms, "ms mean", cpu, usage.foreign_bp),
        )

    def _flood(self, name: str, seconds: float) -> Run:
        tally, usage = self._loaded(name, lambda tally, wires: flood(wires, tally, seconds))
        note = f"{tally.filled} filled; p50 {percentile(tally.latencies, 50) * 1_000:.1f} ms"
        return _run(tally.accepted / tally.seconds, "orders/s", tally, usage, note)

    def _pace(self, rate: float) -> Run:
        tally, usage = self._loaded(
            "single", lambda tally, wires: pace(wires, tally, self.seconds, rate)
        )
        p50, p99 = (percentile(tally.latencies, share) * 1_000 for share in (50, 99))
        return _run(p99, "ms p99", tally, usage, f"{rate:.0f} orders/s, p50 {p50:.1f} ms")

    def _loaded(
        self, name: str, load: Callable[[Tally, Sequence[Wire]], None]
    ) -> tuple[Tally, Usage]:
        door, tally = self.doors[name], Tally()
        wires = door.wires(tally)
        usage = watched(lambda: load(tally, wires), ours=self.ours, servers=door.servers)
        for wire in wires:
            wire.sock.close()
        if not tally.accepted:
            msg = f"{name}: nothing was accepted: {dict(tally.refused)}"
            raise RuntimeError(msg)
        return tally, usage


def _sockets(mix: Mix) -> Callable[[Tally], Sequence[Wire]]:
    window = IN_FLIGHT // SOCKETS
    return lambda tally: [SocketWire(SOCKET, mix, tally, window) for _ in range(SOCKETS)]


def _clients(mix: Mix, port: int, batch: int) -> Callable[[Tally], Sequence[Wire]]:
    return lambda tally: [
        HttpWire(port, mix, tally, number % len(mix.traders), batch) for number in range(CLIENTS)
    ]


def _run(value: float, unit: str, tally: Tally, usage: Usage, note: str) -> Run:
    cpu = usage.servers_s * 1_000_000 / tally.accepted
    refused = f"; refused {dict(tally.refused.most_common(3))}" if tally.refused else ""
    return Run(value, unit, cpu, usage.foreign_bp, note + refused)
