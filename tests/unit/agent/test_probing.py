"""Probes and their responder, over real connections on this machine."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.commands import main
from gridhour_agent.conformance.reference import Reference
from gridhour_agent.probe_server import MOST_CONNECTIONS, Responder
from gridhour_agent.probe_wire import DOWN, ECHO, HEAD, MAGIC, MOST_BYTES
from gridhour_agent.probing import Bounds, Measured, ProbeFailed, measure, percentile
from gridhour_agent.reporting import probe_message

from tests.unit.agent.site import platform, site_at

SMALL = Bounds(samples=10, most_bytes=1 << 20, most_seconds=1)


@contextmanager
def responding() -> Iterator[tuple[str, int]]:
    responder = Responder("127.0.0.1", 0)
    thread = threading.Thread(target=responder.serve, daemon=True)
    thread.start()
    try:
        yield responder.address
    finally:
        responder.stop()
        thread.join(5)


def test_a_probe_measures_round_trips_and_bandwidth_both_ways() -> None:
    with responding() as (host, port):
        found = measure(host, port, SMALL)

    assert (found.samples, found.lost) == (10, 0)
    assert 0 < found.rtt_median_us <= found.rtt_p95_us
    assert found.mbps_down > 0
    assert found.mbps_up > 0
    assert 0 < found.moved_bytes <= 2 << 20


def test_a_probe_without_bytes_measures_round_trips_alone() -> None:
    with responding() as (host, port):
        found = measure(host, port, Bounds(samples=3, most_bytes=0))

    assert (found.samples, found.mbps_down, found.mbps_up, found.moved_bytes) == (3, 0, 0, 0)


def test_a_slow_way_shows_in_the_round_trip() -> None:
    """A relay that holds each piece for 20 ms, as a long way would."""
    with responding() as address, relayed(address, seconds=0.02) as (host, port):
        found = measure(host, port, Bounds(samples=5, most_bytes=0))

    assert found.rtt_median_us >= 20_000


@contextmanager
def relayed(to: tuple[str, int], seconds: float) -> Iterator[tuple[str, int]]:
    door = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket, wait: float) -> None:
        try:
            while piece := source.recv(65_536):
                time.sleep(wait)
                sink.sendall(piece)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                end.close()

    def serve() -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            far = socket.create_connection(to)
            threading.Thread(target=pump, args=(near, far, seconds), daemon=True).start()
            threading.Thread(target=pump, args=(far, near, 0), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield door.getsockname()[:2]
    finally:
        door.close()


def test_nobody_there_and_somebody_else_there_are_failures() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ProbeFailed):
        measure("127.0.0.1", port, SMALL)
    with another(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (host, port), pytest.raises(ProbeFailed):
        measure(host, port, SMALL)


@contextmanager
def another(says: bytes) -> Iterator[tuple[str, int]]:
    """A server of another kind, which says something and goes."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            with caller:
                caller.recv(8)
                caller.sendall(says)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield door.getsockname()[:2]
    finally:
        door.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        MAGIC + HEAD.pack(ECHO, 65) + bytes(65),
        MAGIC + HEAD.pack(ECHO, 0),
        MAGIC + HEAD.pack(DOWN, MOST_BYTES + 1),
        MAGIC + struct.pack("!cI", b"X", 1),
    ],
)
def test_a_responder_answers_nothing_to_what_is_no_probe(sent: bytes) -> None:
    with responding() as address, socket.create_connection(address, timeout=5) as caller:
        caller.sendall(sent)
        try:
            answered = caller.recv(100)
        except ConnectionResetError:
            answered = b""

    assert answered == b""


def test_a_responder_moves_so_many_bytes_a_connection_and_no_more() -> None:
    with responding() as address, socket.create_connection(address, timeout=10) as caller:
        caller.sendall(MAGIC + HEAD.pack(DOWN, MOST_BYTES) * 3)
        moved = 0
        try:
            while piece := caller.recv(1 << 20):
                moved += len(piece)
        except ConnectionResetError:
            pass

    assert moved <= 2 * MOST_BYTES


def test_a_responder_turns_away_whom_it_has_no_place_for() -> None:
    with responding() as address:
        callers = [socket.create_connection(address) for _ in range(MOST_CONNECTIONS)]
        for caller in callers:
            caller.sendall(MAGIC)
        time.sleep(0.3)
        with pytest.raises(ProbeFailed):
            measure(*address, SMALL)
        for caller in callers:
            caller.close()
        time.sleep(0.3)
        assert measure(*address, SMALL).lost == 0


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([5], 95) == 5
    assert percentile(range(1, 101), 95) == 95
    assert percentile([1, 2, 3, 1_000], 50) == 2


@pytest.mark.parametrize(
    "wrong", [{"samples": 0}, {"samples": 201}, {"most_bytes": -1}, {"most_seconds": 11}]
)
def test_a_probe_has_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        Bounds(**wrong)


def test_an_agent_measures_what_the_platform_names_and_sends_it_signed(tmp_path: Path) -> None:
    with responding() as address, platform() as (url, reference):
        reference.ways.host, reference.ways.port = address
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(3)

    # One way, measured once: it is not due again for a quarter of an hour.
    ((at, found),) = reference.ways.stored.items()
    assert (found.samples, found.lost) == (5, 0)
    message = probe_message(site.agent.session.agent, "conform", at, found)
    assert message.startswith(b"gridhour probe\nsa-")


def test_an_agent_whose_way_is_dark_goes_on_with_its_work(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with platform() as (url, reference):
        reference.ways.port = port
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(2)

    assert reference.ways.stored == {}
    assert "Refused" in site.agent.probes.last_failure
    assert site.spool.fact("last_turn")["error"] == ""


def test_an_agent_of_a_platform_without_these_doors_works_all_the_same(tmp_path: Path) -> None:
    class Earlier(Reference):
        def _probes(self, _body: Any) -> dict[str, Any]:
            from gridhour_agent.conformance.refusal import No

            raise No(404, "E-NOT-FOUND")

    with platform(Earlier()) as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(2)

    assert site.agent.probes.targets == []
    assert site.spool.fact("last_turn")["error"] == ""


def test_the_command_measures_addresses_and_what_the_platform_named(
    tmp_path: Path, capsys: Any
) -> None:
    with responding() as (host, port), platform() as (url, reference):
        told = main(["probe", f"{host}:{port}", "--samples", "3", "--bytes", "65536"])
        (shown,) = json.loads(capsys.readouterr().out)
        assert (told, shown["samples"], shown["lost"]) == (0, 3, 0)

        reference.ways.host, reference.ways.port = host, port
        site_at(url, tmp_path, reference.new_code()).turns(1)
        assert main(["probe", "--state", str(tmp_path)]) == 0
        (named,) = json.loads(capsys.readouterr().out)
        assert (named["city"], named["samples"]) == ("conform", 5)

    assert main(["probe", f"{host}:{port}"]) == 1
    assert "error" in json.loads(capsys.readouterr().out)[0]
    assert main(["probe", "nonsense"]) == 1
    assert main(["probe", "--state", str(tmp_path / "none")]) == 1


def test_a_responder_says_that_its_address_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["probe-server", "--host", "127.0.0.1", "--port", str(port)]) == 1


def test_figures_are_signed_with_way_and_instant() -> None:
    found = Measured(20, 1, 7, 9, 10, 11, 12)

    assert probe_message("sa-1", "shanghai", "2026-12-01T00:00:00+00:00", found) == (
        b"gridhour probe\nsa-1\nshanghai\n2026-12-01T00:00:00+00:00\n20|1|7|9|10|11|12"
    )
