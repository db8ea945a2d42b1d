"""The door to served endpoints, by a real server, into a real cell."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.signing import TimestampSigner

from accounts.actions import suspend_member
from config import door as door_module
from delivery.adapters.tickets import ENDPOINT, OUTPUT, endpoint_address
from delivery.domain import forwarding
from tests.api.delivery.door import raw
from tests.api.delivery.served import Scene, serving

pytestmark = pytest.mark.django_db(transaction=True)
# Says what it was sent, byte by byte, and counts requests on each connection.
SERVER = """
import http.server, json, time
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        size = int(self.headers.get('Content-Length') or 0)
        if self.headers.get('Transfer-Encoding'):
            body = b''
            while length := int(self.rfile.readline(), 16):
                body += self.rfile.read(length); self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(size)
        self.seen = getattr(self, 'seen', 0) + 1
        said = json.dumps({'method': self.command, 'path': self.path, 'body': len(body),
            'headers': [[k.lower(), v] for k, v in self.headers.items()], 'nth': self.seen})
        if self.path.startswith('/stream'):
            self.send_response(200); self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            for n in range(3):
                piece = b'data: %d\\n\\n' % n
                self.wfile.write(b'%x\\r\\n%b\\r\\n' % (len(piece), piece)); time.sleep(.3)
            self.wfile.write(b'0\\r\\n\\r\\n'); return
        if self.path.startswith('/hang'): time.sleep(30)
        if self.path.startswith('/moved'):
            self.send_response(302); self.send_header('Location', '/there')
            self.send_header('Content-Length', '0'); self.end_headers(); return
        if self.path.startswith('/garbage'):
            twice = b'Content-Length: 1\\r\\nContent-Length: 2\\r\\n'
            self.wfile.write(b'HTTP/1.1 200 OK\\r\\n' + twice + b'\\r\\nxx')
            self.close_connection = True; return
        self.send_response(200); self.send_header('Content-Length', str(len(said)))
        self.send_header('Set-Cookie', 'session=mine'); self.send_header('X-Own', 'yes')
        self.end_headers(); self.wfile.write(said.encode())
    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer
    def log_message(self, *a): pass
class Server(http.server.ThreadingHTTPServer): request_queue_size = 64
Server(('127.0.0.1', 8080), Echo).serve_forever()
"""


@pytest.fixture
def scene(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    settings.VAR_DIR = tmp_path
    with serving("model", ["python3", "-c", SERVER], monkeypatch, settings) as scene:
        yield scene


def test_who_has_the_ticket_or_a_token_of_the_buyer_s_comes_in_and_nobody_else(
    scene: Scene,
) -> None:
    cast = scene.world.cast
    told = httpx.get(f"{scene.address}v1/models?q=a%20b", headers={"Accept": "x/y"})
    ben = scene.by_token(scene.token(cast.ben), "/v1")

    assert told.json()["path"] == "/v1/models?q=a%20b"
    assert dict(told.json()["headers"])["accept"] == "x/y"
    assert ben.json()["path"] == "/v1"
    dana, blind = scene.token(cast.dana), scene.token(cast.ben, "market:read")
    other = TimestampSigner(salt=OUTPUT).sign(str(scene.job.pk))
    refused = {
        "another organisation's token": scene.by_token(dana),
        "a token without the scope": scene.by_token(blind),
        "no token": httpx.get(f"http://127.0.0.1:{scene.port}/{scene.job.pk}/"),
        "a made-up token": scene.by_token("x" * 30),
        "another job": scene.by_token(scene.token(cast.ben), job_id=scene.job.pk + 1),
        "a ticket of the output": httpx.get(f"http://127.0.0.1:{scene.port}/t/{other}/"),
        "a ticket of another job": httpx.get(endpoint_address(scene.job.pk + 1)),
        "a ticket that was changed": httpx.get(scene.address[:-2] + "x/"),
        "a person's session": httpx.get(
            f"http://127.0.0.1:{scene.port}/{scene.job.pk}/", cookies={"sessionid": "x"}
        ),
    }
    assert {why: answer.status_code for why, answer in refused.items()} == dict.fromkeys(
        refused, 404
    )


def test_a_ticket_that_is_over_and_a_buyer_that_is_suspended_open_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_hour_ago = time.time() - 3_700
    with monkeypatch.context() as earlier:
        earlier.setattr("django.core.signing.time.time", lambda: an_hour_ago)
        old = TimestampSigner(salt=ENDPOINT).sign(str(scene.job.pk))
    now = scene.address

    assert httpx.get(f"http://127.0.0.1:{scene.port}/t/{old}/").status_code == 404
    assert httpx.get(now).status_code == 200
    suspend_member(
        member_id=scene.world.cast.ben.id,
        by_person_id=scene.world.cast.eli.person.pk,
        reason="test",
        now=scene.world.now,
    )
    assert httpx.get(now).status_code == 404


def test_neither_credentials_nor_cookies_pass_in_either_direction(scene: Scene) -> None:
    answer = httpx.get(
        scene.address,
        headers={
            "Cookie": "sessionid=secret",
            "X-Forwarded-For": "10.0.0.1",
            "X-Gridhour-Job": "18",
            "Authorization": "Bearer secret",
        },
    )

    sent = dict(answer.json()["headers"])
    assert sent["host"] == "localhost"
    assert sent["x-gridhour-job"] == str(scene.job.pk)
    assert not sent.keys() & {"cookie", "authorization", "x-forwarded-for"}
    assert answer.headers["x-own"] == "yes"
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts allow-forms"
    assert "set-cookie" not in answer.headers


def test_bodies_pass_up_to_the_limit_and_streams_as_they_come(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytes(2_000_000)
    whole = httpx.post(scene.address, content=body)
    pieces = httpx.post(scene.address, content=iter([b"x" * 1_000] * 50))
    began = time.monotonic()
    with httpx.stream("GET", f"{scene.address}stream") as answer:
        times = [(time.monotonic() - began, text) for text in answer.iter_text()]
    # Each address is signed anew: over the turn of a second it is another.
    address = scene.address
    moved = httpx.get(f"{address}moved")

    assert (whole.json()["body"], pieces.json()["body"]) == (2_000_000, 50_000)
    assert "".join(text for _at, text in times) == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert times[-1][0] - times[0][0] > 0.3
    inside = address.removeprefix(f"http://127.0.0.1:{scene.port}")
    assert moved.headers["location"] == f"{inside}there"
    monkeypatch.setattr(forwarding, "MAX_BODY_BYTES", 10_000)
    assert httpx.post(scene.address, content=body).status_code == 413
    large = httpx.post(scene.address, content=iter([b"x" * 1_000] * 50))
    assert large.status_code == 413


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


HEADS = (
    b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n",
    (
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: x\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET %b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"GET %b../../1/x HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET %b%%2e%%2e/%%2e%%2e/1/x HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://127.0.0.1:5432/ HTTP/1.1\r\nHost: x\r\nX: %b\r\n\r\n",
    b"CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: x\r\nX: %b\r\n\r\n",
    b"GET %b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)


def test_no_second_request_reaches_the_service_in_the_shadow_of_the_first(
    scene: Scene,
) -> None:
    """What follows a request is at most a request of its own at the door, without a ticket."""
    path = scene.address.removeprefix(f"http://127.0.0.1:{scene.port}").encode()
    plain = raw(scene.port, HEADS[0] % path + SMUGGLED)
    assert b'"nth": 1' in plain

    for head in HEADS[1:]:
        answers = raw(scene.port, head % path + SMUGGLED)

        assert b"/smuggled" not in answers
        for told in re.findall(rb'{"method".*}', answers):
            assert (json.loads(told)["nth"], json.loads(told)["path"]) == (1, "/")


def test_a_service_that_is_silent_or_busy_or_speaks_no_clean_http_is_answered_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "PATIENCE", {"read": 1.0, "write": 1.0})

    assert httpx.get(f"{scene.address}garbage").status_code == 502
    silent = httpx.get(f"{scene.address}hang")
    assert (silent.status_code, "in time" in silent.text) == (504, True)
    assert httpx.request("TRACE", scene.address).status_code == 405
    monkeypatch.setattr(door_module, "MOST_A_SERVICE", 1)
    with httpx.stream("GET", f"{scene.address}stream") as first:
        second = httpx.get(scene.address)
        first.read()

    assert (second.status_code, second.headers["retry-after"]) == (503, "1")
    for _ in range(100):
        if httpx.get(scene.address).status_code == 200:
            break
        time.sleep(0.02)
    assert httpx.get(scene.address).status_code == 200
