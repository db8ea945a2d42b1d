"""path.takeover_s: how long the market is away when its engine dies, or hangs."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from bench import supply
from bench.figures import Figure, Round, Run, figure
from bench.load import Tally, flood
from bench.machine import tree_s, watched
from bench.orders_mix import Mix
from bench.programs import SOCKET, engine, standby
from bench.server import postmaster
from bench.wires import SocketWire
from marketplace.models import Order

RESTING_ORDERS = 100_000
IN_FLIGHT = 64
KILL_AFTER = 500
PATIENCE_S, MOST_S = 0.1, 60.0
# A standby that has loaded the book uses next to nothing, several times in a row.
QUIET_LOOKS = 4
OPEN_STATES = ("OPEN", "PARTLY_FILLED")
MIX = (
    f"{RESTING_ORDERS:,} resting orders, a standby that waits, {IN_FLIGHT} orders in flight;"
    " from the leader's end to the first new order accepted, the longer of kill -9 and SIGSTOP;"
    " what was acknowledged is stored, and what was not is accepted when it is sent again"
)


@dataclass
class Burst:
    """Orders in flight when the leader ends: which were acknowledged, which not."""

    lines: dict[int, bytes] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)


class Takeover:
    """A leader and a standby in turn; the one that dies is replaced by a new standby."""

    def __init__(self, _seconds: float, _mix: str) -> None:
        self.stack = ExitStack()
        self.leader = 0
        self.mix: Mix
        self.postmaster = 0

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        return [figure("path.takeover_s", "s", MIX)]

    @contextmanager
    def open(self) -> Iterator["Takeover"]:
        """Run a leader and let orders rest."""
        self.postmaster = postmaster()
        laid = supply.laid()
        self.mix = Mix("resting", laid.traders, laid.products, laid.deliver_from, "takeover")
        with self.stack:
            self.leader = self.stack.enter_context(engine())
            while Order.objects.filter(state__in=OPEN_STATES).count() < RESTING_ORDERS:
                tally = Tally()
                flood([self._wire(tally)], tally, 1.0)
                assert tally.accepted, tally.refused
            yield self

    def round(self) -> list[Round]:
        """End a leader by each way; return the longer time that the market was away."""
        runs = [self._take_over(how) for how in (signal.SIGKILL, signal.SIGSTOP)]
        longest = max(runs, key=lambda run: run.value)
        note = "; ".join(f"{run.note}: {run.value:.2f} s" for run in runs)
        foreign_bp = max(run.foreign_bp for run in runs)
        return [Round(ours=Run(longest.value, "s", None, foreign_bp, note))]

    def _take_over(self, how: signal.Signals) -> Run:
        """End the leader amid orders, let a standby take over, and check what was promised."""
        heir = self.stack.enter_context(standby())
        _settled(heir)
        seconds: list[float] = []
        burst = Burst()
        usage = watched(
            lambda: seconds.append(self._ended(how, burst)),
            ours=[os.getpid(), self.postmaster],
            servers=[heir, self.postmaster],
        )
        with suppress(ProcessLookupError):
            os.kill(self.leader, signal.SIGKILL)
        self._check(burst)
        self.leader = heir
        note = f"{how.name} with {len(burst.lines) - len(burst.acknowledged)} unanswered"
        return Run(seconds[0], "s", None, usage.foreign_bp, note)

    def _ended(self, how: signal.Signals, burst: Burst) -> float:
        """Send orders, end the leader amid them; return the seconds until one is accepted."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(SOCKET)
            self._send(line, burst, IN_FLIGHT)
            heard = b""
            while len(burst.acknowledged) < KILL_AFTER:
                *whole, heard = (heard + line.recv(1 << 16)).split(b"\n")
                for text in whole:
                    _note(burst, text)
                self._send(line, burst, len(whole))
            os.kill(self.leader, how)
            begun = time.perf_counter()
            for text in (heard + _rest(line)).split(b"\n"):
                if text:
                    _note(burst, text)
        while time.perf_counter() - begun < MOST_S:
            if self._accepted(self._line(Burst())):
                return time.perf_counter() - begun
        msg = f"nobody took over within {MOST_S:.0f} s"
        raise RuntimeError(msg)

    def _send(self, line: socket.socket, burst: Burst, count: int) -> None:
        for _ in range(count):
            line.sendall(self._line(burst))

    def _line(self, burst: Burst) -> bytes:
        trader = self.mix.number % len(self.mix.traders)
        ask = self.mix.next(trader)
        own_id, _, request = ask.fields.partition(",")
        number = self.mix.number
        member = self.mix.traders[trader].member_id
        said = f'"do":"place_order","member":{member},{own_id},"request":{{{request}}}'
        burst.lines[number] = f'{{"id":{number},"commands":[{{{said}}}]}}\n'.encode()
        burst.ids[number] = own_id.partition(":")[2].strip('"')
        return burst.lines[number]

    def _accepted(self, text: bytes) -> bool:
        """Ask once on a new connection; tell whether the order was accepted in time."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(PATIENCE_S)
            try:
                line.connect(SOCKET)
                line.sendall(text)
                answer = line.makefile("rb").readline()
            except OSError:
                time.sleep(0.005)
                return False
        return bool(answer) and _good(answer)

    def _check(self, burst: Burst) -> None:
        """Refuse to go on where an acknowledged order is lost or the rest is not accepted."""
        acknowledged = {burst.ids[number] for number in burst.acknowledged}
        stored = Order.objects.filter(client_order_id__in=acknowledged).count()
        if stored != len(acknowledged):
            msg = f"{len(acknowledged)} acknowledged, {stored} stored"
            raise RuntimeError(msg)
        for number in set(burst.lines) - burst.acknowledged:
            if not self._accepted(burst.lines[number]):
                msg = f"{burst.ids[number]} is not accepted when sent again"
                raise RuntimeError(msg)
        if Order.objects.filter(client_order_id__in=burst.ids.values()).count() != len(burst.ids):
            msg = "orders that were sent again are missing"
            raise RuntimeError(msg)

    def _wire(self, tally: Tally) -> SocketWire:
        return SocketWire(SOCKET, self.mix, tally, 256)


def _note(burst: Burst, text: bytes) -> None:
    if _good(text):
        burst.acknowledged.add(int(json.loads(text)["id"]))


def _good(text: bytes) -> bool:
    (answer,) = json.loads(text)["answers"]
    return not answer.get("refused") and answer.get("status", 201) < 400


def _rest(line: socket.socket) -> bytes:
    """Return what was already answered when the leader ended."""
    found = b""
    while select.select([line], [], [], PATIENCE_S)[0]:
        try:
            data = line.recv(1 << 16)
        except ConnectionError:
            break
        if not data:
            break
        found += data
    return found


def _settled(pid: int) -> None:
    """Wait until a new standby has done what it does before it waits."""
    time.sleep(1.0)
    before, quiet = tree_s([pid]), 0
    while quiet < QUIET_LOOKS:
        time.sleep(0.5)
        now = tree_s([pid])
        quiet = quiet + 1 if now - before < 0.1 else 0
        before = now
