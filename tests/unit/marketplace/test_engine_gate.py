"""Across a network both sides show who they are; whoever does not stays out, and it is logged."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from marketplace.adapters import engine as client
from marketplace.domain.entry import Answer, Call, Tick
from marketplace.domain.places import Place
from marketplace.domain.refusals import MarketBusy
from marketplace.engine import gate
from tests.unit.marketplace.certificates import HOST, Authority
from tests.unit.marketplace.engines import free_port, leading, numbered


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    client._line.drop()
    yield
    client._line.drop()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "house")


@contextmanager
def gate_of(authority: Authority, settings: Any, **holder: Any) -> Iterator[Place]:
    """An engine behind the certificate of an authority."""
    address = Place(HOST, free_port())
    settings.ENGINE_TLS = authority.files_for("engine", **holder)
    with leading(address, numbered(1)):
        settings.ENGINE_SOCKET = str(address)
        yield address


def refused_by(logs: list[Any]) -> list[str]:
    return [str(line["why"]) for line in logs if line["event"] == "engine_caller_refused"]


def wait_for_refusal(logs: list[Any]) -> str:
    deadline = time.monotonic() + 5
    while not refused_by(logs):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return refused_by(logs)[0]


def test_a_certificate_of_another_authority_is_refused_and_logged(
    tmp_path: Path, settings: Any, authority: Authority
) -> None:
    stranger = Authority(tmp_path, "stranger").files_for("web")
    with capture_logs() as logs, gate_of(authority, settings):
        settings.ENGINE_TLS = {**stranger, "authority": str(authority.path)}
        with pytest.raises(MarketBusy):
            client.call_engine([Tick()])

        assert "verify failed" in wait_for_refusal(logs)


def test_an_expired_certificate_is_refused_and_logged(settings: Any, authority: Authority) -> None:
    with capture_logs() as logs, gate_of(authority, settings):
        settings.ENGINE_TLS = authority.files_for("web", days=-1)
        with pytest.raises(MarketBusy):
            client.call_engine([Tick()])

        assert "expired" in wait_for_refusal(logs)


def test_a_caller_without_a_certificate_is_refused_and_logged(
    settings: Any, authority: Authority
) -> None:
    with capture_logs() as logs, gate_of(authority, settings) as address:
        context = ssl.create_default_context(cafile=str(authority.path))
        told = b""
        with socket.create_connection((HOST, address.port), timeout=5) as plain:
            try:
                with context.wrap_socket(plain, server_hostname=HOST) as bare:
                    bare.sendall(b'{"id": 1, "commands": [{"do": "tick"}]}\n')
                    told = bare.recv(100)
            except OSError:
                # Told so by TLS itself, or hung up on.
                told = b""

        assert told == b""
        assert "certificate" in wait_for_refusal(logs)


def test_plain_words_are_refused_and_logged(settings: Any, authority: Authority) -> None:
    with capture_logs() as logs, gate_of(authority, settings) as address:
        with socket.create_connection((HOST, address.port), timeout=5) as plain:
            plain.sendall(b'{"id": 1, "commands": [{"do": "tick"}]}\n')
            assert b"answers" not in plain.recv(100)

        assert wait_for_refusal(logs)


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_an_engine_that_cannot_show_who_it_is_is_told_nothing(
    tmp_path: Path, settings: Any, authority: Authority, wrong: str
) -> None:
    other = Authority(tmp_path, "other") if wrong == "authority" else authority
    holder = {} if wrong == "authority" else {"host": "192.0.2.1"}
    heard: list[Call] = []
    address = Place(HOST, free_port())
    settings.ENGINE_TLS = other.files_for("engine", **holder)

    def listen(asked: Call) -> list[Answer]:
        heard.append(asked)
        return [Answer()]

    with leading(address, listen):
        settings.ENGINE_SOCKET = str(address)
        settings.ENGINE_TLS = authority.files_for("web")
        with pytest.raises(MarketBusy):
            client.call_engine([Tick()])

    assert heard == []


def test_who_shows_nothing_is_not_waited_for_without_end(
    settings: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MOST_AT_THE_GATE", 2)
    with capture_logs() as logs, gate_of(authority, settings) as address:
        silent = [socket.create_connection((HOST, address.port), timeout=5) for _ in range(4)]
        deadline = time.monotonic() + 5
        while not any(line["event"] == "engine_gate_crowded" for line in logs):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for stranger in silent:
            stranger.close()

        # Who does show a certificate gets in as soon as there is room.
        while True:
            try:
                assert client.call_engine([Tick()])[0].number == 1
            except MarketBusy:
                assert time.monotonic() < deadline
            else:
                break
