"""A caller that asks for ever and reads nothing, before a real engine and its database."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.table import Line, Tell
from tests.services.checkout import Checkout, wait_until

# Each is answered with a refusal, which is longer than the question.
ENTRY = b'{"do": "cancel_order", "member": 1, "order_id": 1}'
CALL = b'{"id": 1, "commands": [' + b", ".join([ENTRY] * 50) + b"]}\n"
TICK = b'{"id": 1, "commands": [{"do": "tick"}]}\n'
MOST_GROWN_MB = 24
# Long enough to be dropped twice: an engine bears ten seconds of it.
GREEDY_S = 25.0
FIRST_S = 5.0
ROUNDS = 200


def connect(path: Path) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.settimeout(10)
    try:
        wire.connect(str(path))
    except OSError:
        wire.close()
        raise
    return wire


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def median_s(wire: socket.socket) -> float:
    """The median time of a call, in seconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        wire.sendall(TICK)
        while not wire.recv(1 << 16).endswith(b"\n"):
            pass
        took.append(time.monotonic() - began)
    return sorted(took)[ROUNDS // 2]


def is_listening(path: Path) -> bool:
    try:
        connect(path).close()
    except OSError:
        return False
    return True


def greed(path: Path) -> int:
    """Ask again and again without reading, from anew when dropped; return the calls sent."""
    sent, until = 0, time.monotonic() + GREEDY_S
    wire = connect(path)
    while time.monotonic() < until:
        wire.settimeout(until - time.monotonic())
        try:
            wire.sendall(CALL)
            sent += 1
        except TimeoutError:
            break
        except OSError:
            wire.close()
            wire = connect(path)
    wire.close()
    return sent


def test_it_is_dropped_the_engine_does_not_grow_and_others_are_answered(
    checkout: Checkout, tell: Tell
) -> None:
    path = checkout.var / "greedy.sock"
    made = checkout.manage("services", "run", "--", *checkout.python, "prepare_database")
    assert made.returncode == 0, made.stderr
    engine = [*checkout.python, "run_engine", "--socket", str(path)]
    checkout.start("services", "run", "--", *engine)
    assert wait_until(lambda: is_listening(path)), checkout.log()[-4000:]
    pid = max(number for number, text in checkout.processes().items() if " run_engine" in text)

    with connect(path) as other, ThreadPoolExecutor(1) as pool:
        quiet_s = median_s(other)
        greedy = pool.submit(greed, path)
        time.sleep(FIRST_S)
        before_mb, meanwhile_s = resident_mb(pid), median_s(other)
        sent = greedy.result()
        after_mb = resident_mb(pid)

    dropped = checkout.log().count("engine_caller_dropped")
    assert sent > 0
    assert dropped >= 2
    assert after_mb - before_mb < MOST_GROWN_MB
    assert meanwhile_s < 2 * quiet_s + 0.005
    tell(Line("a caller that reads nothing, dropped", dropped, sent))
