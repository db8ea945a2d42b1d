"""The order path's figures: durable orders through each door by plain durable inserts."""

import gc
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections

from bench import inserts, place, supply
from bench.doors import IN_FLIGHT, SOCKETS, ClosedError, Door, clients, sockets
from bench.figures import Figure, Round, Run, figure
from bench.inserts import CLIENTS, Inserts
from bench.load import StalledError
from bench.machine import watched
from bench.orders_mix import MIXES, Mix
from bench.programs import WEB_PROCESSES, WEB_THREADS, WITH_ENGINE, engine, web
from bench.server import postmaster
from ledger.actions import write_checkpoints
from timetable.queries import market_now

BATCH = 50
NAIVE_THREADS = 4
NAIVE_WEB = "bench.baseline.wsgi:application"
# What beat does for the house: `config.conductor`.
CHECKPOINTS_EVERY_S = 120.0
PGBENCH = f"÷ pgbench single-row inserts at {CLIENTS} clients, one statement a commit"
HTTP = f"{CLIENTS} clients with OAuth2 tokens, granian {WEB_PROCESSES} x {WEB_THREADS} threads"
COMMIT = f"÷ pgbench's mean latency at {CLIENTS} clients"
NAIVE = (
    "÷ the first transactional version (bench/baseline) in a copy of the same market,"
    f" granian {WEB_PROCESSES} x {NAIVE_THREADS} threads"
)
# Figure: ours, the peer, and how it is measured.
SIDES = {
    "path.socket_256_vs_pgbench": (
        *("socket", "pgbench"),
        f"one order a call, {IN_FLIGHT} calls in flight on {SOCKETS} connections; {PGBENCH}",
    ),
    "path.http_single_vs_pgbench": (
        *("single", "pgbench"),
        f"one order a request, {HTTP}; {PGBENCH}",
    ),
    "path.http_batch50_vs_pgbench": (
        *("batch", "pgbench"),
        f"{BATCH} orders a request, {HTTP}; {PGBENCH}",
    ),
    "path.http_p99_vs_commit": (
        *("paced", "commit"),
        f"p99 at half of the round's single-order rate, counted from when each was due; {COMMIT}",
    ),
    "path.vs_naive_orm": (
        *("single", "naive"),
        f"one order a request, {HTTP}; {NAIVE}",
    ),
    "path.cpu_us_per_order_batch50": (
        *("cost", ""),
        f"{BATCH} orders a request: processor time of web, engine and PostgreSQL, an order",
    ),
}


class OrderPath:
    """All loads on one PostgreSQL server, one right after the other."""

    def __init__(self, seconds: float, mix: str) -> None:
        self.seconds, self.mix = seconds, mix
        self.doors: dict[str, Door] = {}
        self.ours: list[int] = [os.getpid()]
        self.closed: set[str] = set()
        self.postmaster = 0
        self.checked = time.monotonic()

    def figures(self) -> list[Figure]:
        """Return the empty figures; without those of doors that accept nothing."""
        told = f"mix {self.mix}: {MIXES[self.mix]}"
        units = {"path.cpu_us_per_order_batch50": "µs"}
        through = {"paced": "single", "cost": "batch"}
        return [
            figure(id_, units.get(id_, "ratio"), f"{told}; {how}")
            for id_, (ours, peer, how) in SIDES.items()
            if self.closed.isdisjoint({through.get(ours, ours), peer})
        ]

    @contextmanager
    def open(self) -> Iterator["OrderPath"]:
        """Lay the supply, copy the market for the baseline, and run the servers."""
        self.postmaster = postmaster()
        inserts.make_table()
        laid = supply.laid()
        connections.close_all()
        first = {**place.copied(), "DJANGO_SETTINGS_MODULE": "bench.baseline.settings"}
        house, naive = (
            Mix(self.mix, laid.traders, laid.products, laid.deliver_from, label)
            for label in ("bench", "naive")
        )
        with ExitStack() as stack:
            inside = {"PostgreSQL": self.postmaster, "engine": stack.enter_context(engine())}
            web_pid, port = stack.enter_context(web(environment=WITH_ENGINE))
            outside = {**inside, "web": web_pid}
            naive_pid, naive_port = stack.enter_context(web(NAIVE_THREADS, first, NAIVE_WEB))
            servers = {"PostgreSQL": self.postmaster, "web": naive_pid}
            self.ours += [*outside.values(), naive_pid]
            self.doors = {
                "socket": Door(sockets(house), inside, self.ours),
                "single": Door(clients(house, port), outside, self.ours),
                "batch": Door(clients(house, port, BATCH), outside, self.ours),
                "naive": Door(clients(naive, naive_port), servers, self.ours),
            }
            self.closed = {name for name in self.doors if not self._opens(name)}
            gc.collect()
            gc.freeze()
            yield self

    def round(self) -> list[Round]:
        """Measure the peer, then each door; take checkpoints as often as the house does."""
        self._take_checkpoints()
        done = self._peers()
        for name, door in self.doors.items():
            if name not in self.closed:
                done[name] = door.flooded(self.seconds)
        if "single" in done:
            done["paced"] = self.doors["single"].paced(self.seconds, done["single"].value / 2)
        if "batch" in done:
            batch = done["batch"]
            done["cost"] = Run(batch.cpu_us_each or 0.0, "µs", None, batch.foreign_bp, batch.note)
        sides = (SIDES[one.id] for one in self.figures())
        return [Round(ours=done[ours], peer=done.get(peer)) for ours, peer, _how in sides]

    def _opens(self, name: str) -> bool:
        """Warm a door; tell whether anything is accepted there."""
        try:
            self.doors[name].flooded(1.0)
        except (ClosedError, StalledError, OSError) as problem:
            print(f"  no figures of {name}: {problem!r}", flush=True)
            return False
        return True

    def _take_checkpoints(self) -> None:
        if time.monotonic() - self.checked > CHECKPOINTS_EVERY_S:
            write_checkpoints(now=market_now())
            self.checked = time.monotonic()

    def _peers(self) -> dict[str, Run]:
        taken: list[Inserts] = []
        usage = watched(
            lambda: taken.append(inserts.inserted(self.seconds)),
            ours=self.ours,
            servers=[self.postmaster],
        )
        done = taken[0]
        cpu = usage.servers_s * 1_000_000 / done.count
        return {
            "pgbench": Run(done.a_second, "inserts/s", cpu, usage.foreign_bp),
            "commit": Run(done.latency_ms, "ms mean", cpu, usage.foreign_bp),
        }
