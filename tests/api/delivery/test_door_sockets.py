"""WebSockets through the door, by a real client and a real server in a cell."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import websocket

from config import door as door_module
from delivery.actions import cancel_job, drive_job
from tests.api.delivery.served import Scene, serving
from timetable.queries import wall_now

pytestmark = pytest.mark.django_db(transaction=True)
# Answers GET for its health; echoes what a WebSocket says, and does some things by its words.
SERVER = """
import socket, threading, wsproto
from wsproto.events import *
def attend(c):
    ws = wsproto.WSConnection(wsproto.ConnectionType.SERVER); first = c.recv(65536)
    if b'upgrade' not in first.lower():
        c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n'); c.close(); return
    ws.receive_data(first); parts = []
    while True:
        for e in ws.events():
            if isinstance(e, Request):
                told = [[k.decode(), v.decode()] for k, v in e.extra_headers]
                if e.target.startswith('/refused'):
                    c.sendall(ws.send(RejectConnection(status_code=400))); c.close(); return
                chosen = e.subprotocols[-1] if e.subprotocols else None
                c.sendall(ws.send(AcceptConnection(subprotocol=chosen)))
                c.sendall(ws.send(TextMessage(data=e.target + ' ' + repr(sorted(told)))))
            elif isinstance(e, (TextMessage, BytesMessage)):
                parts.append(e.data)
                if not e.message_finished: continue
                whole = parts[0][:0].join(parts) if isinstance(e, TextMessage) else b''.join(parts)
                parts = []
                if whole == 'ping me': c.sendall(ws.send(Ping(payload=b'x'))); continue
                if whole == 'close':
                    c.sendall(ws.send(CloseConnection(code=4001, reason='so'))); continue
                if whole == 'break': c.close(); return
                if whole == 'parts':
                    c.sendall(ws.send(TextMessage(data='a' * 9, message_finished=False)))
                    c.sendall(ws.send(TextMessage(data='b' * 9))); continue
                if whole == 'large':
                    more = BytesMessage(data=bytes(1 << 20), message_finished=False)
                    for _ in range(17): c.sendall(ws.send(more))
                    continue
                c.sendall(ws.send(type(e)(data=whole)))
            elif isinstance(e, Pong): c.sendall(ws.send(TextMessage(data='ponged')))
            elif isinstance(e, CloseConnection):
                try: c.sendall(ws.send(e.response()))
                except Exception: pass
                c.close(); return
        piece = c.recv(65536); ws.receive_data(piece or None)
s = socket.create_server(('127.0.0.1', 8080), backlog=64)
while True: threading.Thread(target=attend, args=(s.accept()[0],), daemon=True).start()
"""


@pytest.fixture
def scene(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    settings.VAR_DIR = tmp_path
    with serving("kernel", [sys.executable, "-c", SERVER], monkeypatch, settings) as scene:
        yield scene


def ticketed(scene: Scene) -> str:
    return scene.address.replace("http://", "ws://")


@contextmanager
def linked(address: str, **more: Any) -> Iterator[Any]:
    """A real client's WebSocket, closed properly and its socket let go of."""
    caller = websocket.create_connection(address, timeout=20, **more)
    try:
        yield caller
        caller.close()
    finally:
        caller.shutdown()


def called(scene: Scene, path: str = "v1", **more: Any) -> Any:
    return linked(f"{ticketed(scene)}{path}", **more)


def refused(address: str, **more: Any) -> int:
    """Return the status with which the door accepts no WebSocket."""
    caller = websocket.WebSocket()
    try:
        with pytest.raises(websocket.WebSocketBadStatusException) as told:
            caller.connect(address, timeout=20, **more)
    finally:
        caller.shutdown()
    return int(told.value.status_code)


def test_messages_pass_whole_both_ways_and_handshakes_are_the_door_s_own(scene: Scene) -> None:
    told = ["Cookie: a=b", "X-Own: yes", "Authorization: Basic eA==", "X-Gridhour-Job: 9"]
    with called(scene, "v1?q=1", subprotocols=["one", "two"], header=told) as caller:
        head = caller.recv()
        assert caller.getsubprotocol() == "two"
        for said in ("hello", "你好", "x" * 300_000):
            caller.send(said)
            assert caller.recv() == said
        caller.send_binary(bytes(range(256)) * 1_000)
        assert caller.recv() == bytes(range(256)) * 1_000
        caller.send("parts")
        assert caller.recv() == "a" * 9 + "b" * 9
        caller.send("ping me")
        assert caller.recv() == "ponged"

    assert head.startswith("/v1?q=1 ")
    assert "'x-own', 'yes'" in head
    assert f"'x-gridhour-job', '{scene.job.pk}'" in head
    assert "cookie" not in head
    assert "authorization" not in head


def test_a_side_that_closes_or_breaks_ends_both(scene: Scene) -> None:
    for word, code in (("close", 4001), ("break", 1011), ("large", 1009)):
        with called(scene) as caller:
            caller.recv()
            caller.send(word)
            opcode, frame = caller.recv_data()
            assert opcode == websocket.ABNF.OPCODE_CLOSE, word
            assert int.from_bytes(frame[:2], "big") == code, word
    until_empty()


def until_empty() -> None:
    deadline = time.monotonic() + 10
    while door_module._open:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_has_neither_ticket_nor_token_is_not_accepted(scene: Scene) -> None:
    cast, base = scene.world.cast, f"ws://127.0.0.1:{scene.port}/{scene.job.pk}/"
    ben, dana = (
        [f"Authorization: Bearer {scene.token(player)}"] for player in (cast.ben, cast.dana)
    )
    with linked(base, header=ben) as caller:
        assert caller.recv().startswith("/ ")
    for address, header in (
        (base, []),
        (base, dana),
        (f"ws://127.0.0.1:{scene.port}/t/{scene.job.pk}:x:y/", []),
        (f"{base}../2/", ben),
    ):
        assert refused(address, header=header) == 403
    assert refused(f"{ticketed(scene)}refused") == 403
    until_empty()


def test_a_service_s_places_are_counted_and_silence_ends_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as all_places:
        for _ in range(door_module.MOST_A_SERVICE):
            all_places.enter_context(called(scene))
        assert refused(ticketed(scene)) == 403
    until_empty()

    monkeypatch.setattr(door_module, "SILENCE_S", 0.5)
    with called(scene) as caller:
        caller.recv()
        opcode, frame = caller.recv_data()
    assert (opcode, int.from_bytes(frame[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 1001)
    until_empty()


def test_a_socket_ends_with_its_service(scene: Scene) -> None:
    with called(scene) as caller:
        caller.recv()
        now = scene.world.now
        cancel_job(member_id=scene.world.cast.ben.id, job_id=scene.job.pk, now=now)
        drive_job(job_id=scene.job.pk, now=now, wall=wall_now())
        opcode, _frame = caller.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
