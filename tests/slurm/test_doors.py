"""Services on a real cluster: entered by their own door, on nodes that others use too."""

import http.client
import socket

import pytest

from delivery.adapters.connector import DoorClosed
from delivery.adapters.doors.wire import look
from delivery.adapters.slurm.doors import note_path
from delivery.adapters.slurm.node_door import NONCE_BYTES, PROOF_BYTES
from delivery.domain.handover import JobSpec
from delivery.domain.serving import Verdict
from tests.slurm.conftest import Centre, until, view_of

PORT = 8_080
SERVER = """
import http.server, os, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host, port = os.environ['OUTSIDE'].split(':')
        try: socket.create_connection((host, int(port)), 2); out = 'reached'
        except OSError as refused: out = 'held'
        said = f"{self.path} {os.environ.get('GRIDHOUR_DOOR')} {os.getuid()} {out}".encode()
        self.send_response(200); self.send_header('Content-Length', str(len(said)))
        self.end_headers(); self.wfile.write(said)
http.server.ThreadingHTTPServer(('127.0.0.1', 8080), Page).serve_forever()
"""


def is_up(centre: Centre, number: int, name: str = "job-1") -> bool:
    try:
        with centre.site.enter(view_of(number, devices=1), name) as connected:
            return look(connected, "/", 5).verdict is Verdict.PASSED
    except DoorClosed:
        return False


def test_a_service_is_entered_by_the_house_alone_and_sees_no_network(centre: Centre) -> None:
    view = view_of(501, devices=1)
    centre.site.ensure(view)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        env = (("OUTSIDE", f"127.0.0.1:{outside.getsockname()[1]}"), ("GRIDHOUR_PORT", str(PORT)))
        python = centre.site.options.python
        centre.site.run_job(view, JobSpec("job-1", (python, "-c", SERVER), 1, 600, env, PORT))
        until(lambda: is_up(centre, 501), 60)

        caller = http.client.HTTPConnection("localhost")
        caller.sock = centre.site.enter(view, "job-1")
        caller.request("GET", "/hello")
        path, secret, uid, out = caller.getresponse().read().decode().split()
        caller.close()

    user = centre.site.accounts.user_of(view.external_name)
    assert (path, secret, out) == ("/hello", "None", "held")
    assert int(uid) == centre.lab.at.users[user]
    assert stranger_is_held(centre, view.external_name, user)
    centre.site.cancel_job(view, "job-1")
    until(lambda: not centre.site.job_state(view, "job-1").running)
    until(lambda: not is_up(centre, 501))
    with pytest.raises(DoorClosed):
        centre.site.enter(view, "job-1")


def stranger_is_held(centre: Centre, external: str, user: str) -> bool:
    """Come in at the node's port without the secret: neither a guess nor a replay is answered."""
    note = note_path(centre.site.options, user, f"{external}.job-1")
    port = int(centre.site.jobs.read(note, 0, 8))
    with socket.create_connection(("127.0.0.1", port), 5) as stranger:
        stranger.sendall(b"n" * NONCE_BYTES)
        answer = b""
        while len(answer) < NONCE_BYTES + PROOF_BYTES:
            answer += stranger.recv(100)
        # What the door said itself is not what the house would say.
        stranger.sendall(answer[NONCE_BYTES:])
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:
            return stranger.recv(100) == b""
        except ConnectionError:
            return True


def test_a_door_that_points_elsewhere_leads_nowhere(centre: Centre) -> None:
    """The job user writes the note itself: another port of the node must not answer for it."""
    view = view_of(502, devices=1)
    centre.site.ensure(view)
    user = centre.site.accounts.user_of(view.external_name)
    note = note_path(centre.site.options, user, f"{view.external_name}.job-1")
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(20)
        port = other.getsockname()[1]
        script = f"sleep 1; echo {port} > {note}; sleep 60"
        centre.site.run_job(view, JobSpec("job-1", ("sh", "-c", script), 1, 90, (), PORT))
        until(lambda: centre.site.jobs.read(note, 0, 8).strip() == str(port).encode(), 60)

        with pytest.raises(DoorClosed):
            centre.site.enter(view, "job-1")
        said, _address = other.accept()
        with said:
            said.settimeout(5)
            assert len(said.recv(4_096)) == NONCE_BYTES
