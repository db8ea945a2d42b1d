"""Doors of real cells: what serves inside is reached through its door, and nothing else is."""

import contextlib
import http.client
import os
import socket
import threading
from pathlib import Path

import pytest

from delivery.adapters.connector import ConnectorFailed, DoorClosed
from delivery.adapters.doors import relay
from delivery.adapters.doors.wire import look
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.doorway import NAME
from delivery.domain.handover import JobSpec
from delivery.domain.serving import Verdict
from tests.unit.delivery.process_site import VIEW, until

PORT = 8_080
SERVER = """
import http.server, os, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        said = self.path + ' ' + os.environ['GRIDHOUR_PORT']
        self.send_response(503 if self.path == '/ill' else 200)
        self.send_header('Content-Length', str(len(said))); self.end_headers()
        self.wfile.write(said.encode())
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200); self.send_header('Content-Length', str(len(body)))
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *a): pass
class Server(http.server.ThreadingHTTPServer): request_queue_size = 64
server = Server((sys.argv[1], int(sys.argv[2])), Page)
print('ready', flush=True)
server.serve_forever()
"""


@pytest.fixture
def served(site: ProcessConnector) -> ProcessConnector:
    """The site with a service `job-1` that is ready."""
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells, so nothing is served on it")
    site.ensure(VIEW)
    serve(site, "job-1")
    return site


def serve(site: ProcessConnector, name: str, *, port: int = PORT, listens: int = PORT) -> None:
    argv = ("python3", "-c", SERVER, "127.0.0.1", str(listens))
    env = (("GRIDHOUR_PORT", str(port)),)
    site.run_job(VIEW, JobSpec(name, argv, 1, 60, env, port))
    until(lambda: b"ready" in site.job_log(VIEW, name, 0))
    until(lambda: looks(site, name) is not None)


def looks(site: ProcessConnector, name: str, path: str = "/") -> Verdict | None:
    try:
        with site.enter(VIEW, name) as connected:
            return look(connected, path, 2).verdict
    except DoorClosed:
        return None


def asked(site: ProcessConnector, name: str, method: str, path: str, body: bytes = b"") -> bytes:
    caller = http.client.HTTPConnection("localhost")
    caller.sock = site.enter(VIEW, name)
    caller.request(method, path, body)
    answer = caller.getresponse().read()
    caller.close()
    return answer


def test_a_service_in_a_cell_without_network_is_reached_by_its_door(
    served: ProcessConnector,
) -> None:
    until(lambda: looks(served, "job-1") is Verdict.PASSED)

    body = os.urandom(3 << 20)
    assert asked(served, "job-1", "GET", "/hello") == b"/hello 8080"
    assert asked(served, "job-1", "POST", "/", body) == body
    assert looks(served, "job-1", "/ill") is Verdict.FAILED


def test_many_callers_come_in_at_once(served: ProcessConnector) -> None:
    until(lambda: looks(served, "job-1") is Verdict.PASSED)
    body, answers = os.urandom(200_000), []

    def call() -> None:
        answers.append(asked(served, "job-1", "POST", "/", body))

    callers = [threading.Thread(target=call) for _ in range(16)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)

    assert answers == [body] * 16


def test_a_port_where_nobody_listens_is_no_health(site: ProcessConnector) -> None:
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells")
    site.ensure(VIEW)

    serve(site, "job-1", port=9_000, listens=PORT)

    assert looks(site, "job-1") is Verdict.FAILED


def test_a_door_leads_to_its_own_cell_and_never_to_the_machine(
    served: ProcessConnector,
) -> None:
    """The machine listens at the very port that the second service names."""
    with socket.create_server(("127.0.0.1", 0)) as machine:
        port = machine.getsockname()[1]
        serve(served, "job-2", port=port, listens=PORT)

        verdict = looks(served, "job-2")
        machine.settimeout(0.5)
        with pytest.raises(TimeoutError):
            machine.accept()

    assert verdict is Verdict.FAILED


def test_the_door_of_a_job_that_ended_is_closed(served: ProcessConnector) -> None:
    served.cancel_job(VIEW, "job-1")
    until(lambda: not served.job_state(VIEW, "job-1").running)

    until(lambda: looks(served, "job-1") is None)
    with pytest.raises(DoorClosed):
        served.enter(VIEW, "job-1")
    with pytest.raises(DoorClosed):
        served.enter(VIEW, "job-9")
    served.release(VIEW.external_name)
    with pytest.raises(ConnectorFailed):
        served.enter(VIEW, "job-1")


def test_only_the_site_s_account_may_enter(served: ProcessConnector) -> None:
    door = served.holdings.holding(VIEW.base_name, 1).job("job-1") / NAME

    assert door.stat().st_mode & 0o777 == 0o600
    assert door.stat().st_uid == os.geteuid()


def test_a_cell_does_not_see_the_sockets_of_doors(served: ProcessConnector, tmp_path: Path) -> None:
    script = (
        "import os, socket\n"
        f"for folder in ('{tmp_path}', '/job', '/tmp', '/run'):\n"
        "    for at, _, names in os.walk(folder):\n"
        "        print(*[os.path.join(at, name) for name in names if name == 'door'])\n"
        "print(*[n for n in os.listdir('/proc/self/fd') if int(n) > 3])\n"
        "others = [n for n in os.listdir('/proc') if n.isdigit() and int(n) != os.getpid()]\n"
        "for pid in others:\n"
        "    for what in ('fd', 'mem', 'root'):\n"
        "        try: print('door', pid, os.listdir(f'/proc/{pid}/{what}'))\n"
        "        except OSError: pass\n"
        "print(len(others) >= 2)\n"
        "print([line for line in open('/proc/net/unix')][1:])"
    )
    served.run_job(VIEW, JobSpec("job-3", ("python3", "-c", script), 1, 20, (), PORT))
    until(lambda: not served.job_state(VIEW, "job-3").running)

    said = served.job_log(VIEW, "job-3", 0).decode()
    assert "door" not in said
    assert "True" in said
    assert said.rstrip().endswith("[]")


@pytest.mark.parametrize("setting", ["host", "plain"])
def test_a_service_that_would_share_the_machine_s_network_is_not_started(
    site: ProcessConnector, settings: object, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if setting == "host":
        settings.PROCESS_NETWORK = "host"  # type: ignore[attr-defined]
    else:
        monkeypatch.setattr(
            "delivery.adapters.process.holdings.why_not", lambda _house: (PLAIN, "as a test")
        )
    site.ensure(VIEW)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "60"), 1, 60, (), 5_432))
    until(lambda: not site.job_state(VIEW, "job-1").running)

    assert site.job_state(VIEW, "job-1").reason == "cannot be started"
    assert b"a network of its own" in site.job_log(VIEW, "job-1", 0)
    with pytest.raises(DoorClosed):
        site.enter(VIEW, "job-1")


def test_a_service_that_drips_is_cut_off_in_time() -> None:
    ours, theirs = socket.socketpair()
    done = threading.Event()

    def drip() -> None:
        while not done.wait(0.2):
            try:
                theirs.send(b"H")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    with ours, theirs:
        found = look(ours, "/", 1)
        done.set()
        dripping.join(5)

    assert found.verdict is Verdict.FAILED
    assert 900_000 <= found.latency_us < 3_000_000


def test_a_relay_takes_no_more_than_it_may_and_carries_half_closed_links() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as inner,
        socket.create_server(("127.0.0.1", 0)) as outer,
    ):
        port, door = inner.getsockname()[1], outer.getsockname()
        carrying = threading.Thread(target=carried, args=(outer, port), daemon=True)
        carrying.start()
        with socket.create_connection(door) as caller:
            caller.sendall(b"question")
            caller.shutdown(socket.SHUT_WR)
            answerer, _address = inner.accept()
            with answerer:
                assert read_all(answerer) == b"question"
                answerer.sendall(b"answer")
            assert read_all(caller) == b"answer"
        kept = [socket.create_connection(door) for _ in range(relay.MOST_LINKS + 8)]
        inside = [inner.accept()[0] for _ in range(relay.MOST_LINKS)]
        inner.settimeout(0.5)
        with pytest.raises(TimeoutError):
            inner.accept()
        # The relay hears of ends that close, and finds its listener closed.
        outer.close()
        for end in (*kept, *inside):
            end.close()
    carrying.join(5)
    assert not carrying.is_alive()


def carried(outer: socket.socket, port: int) -> None:
    """Run a relay until its listener is closed."""
    with contextlib.suppress(OSError, ValueError):
        relay.carry(outer, lambda: relay.to_port(port))


def read_all(end: socket.socket) -> bytes:
    parts = []
    while part := end.recv(65_536):
        parts.append(part)
    return b"".join(parts)
