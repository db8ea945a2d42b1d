"""`gridhour-agent probe` and `gridhour-agent probe-server`."""

import argparse
import json
import logging
import signal
from dataclasses import asdict
from pathlib import Path

from gridhour_agent.probe_server import Responder
from gridhour_agent.probing import Bounds, ProbeFailed, measure
from gridhour_agent.reporting import KEPT, Target, bounds_of
from gridhour_agent.spool import Spool
from gridhour_agent.wire import items, mapping

log = logging.getLogger("gridhour_agent")
WELL, FAILED = 0, 1
PORT = 7_380


def add_probes(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    probe = commands.add_parser("probe", help="measure round trip and bandwidth; prints JSON")
    probe.add_argument(
        "address", nargs="*", help="HOST:PORT; none: the ways that the platform named"
    )
    probe.add_argument("--samples", type=int, default=Bounds.samples)
    probe.add_argument("--bytes", type=int, default=Bounds.most_bytes, help="each way")
    probe.add_argument("--seconds", type=int, default=Bounds.most_seconds, help="each way")
    probe.add_argument("--state", type=Path, default=Path("gridhour-agent"))
    probe.set_defaults(act=_probe)
    server = commands.add_parser("probe-server", help="answer probes until told to stop")
    server.add_argument("--host", default="0.0.0.0")  # noqa: S104 - probes come from outside
    server.add_argument("--port", type=int, default=PORT)
    server.set_defaults(act=_serve)


def _probe(chosen: argparse.Namespace) -> int:
    """Measure each way and print what was found; 1 where one could not be measured."""
    bounds = Bounds(chosen.samples, chosen.bytes, chosen.seconds)
    targets = [_target(address) for address in chosen.address]
    if not targets:
        targets, bounds = _named(chosen.state)
    found, failed = [], False
    for target in targets:
        one: dict[str, object] = {"city": target.city, "address": f"{target.host}:{target.port}"}
        try:
            one |= asdict(measure(target.host, target.port, bounds))
        except ProbeFailed as failure:
            one["error"], failed = str(failure), True
        found.append(one)
    print(json.dumps(found, indent=1))  # noqa: T201
    return FAILED if failed or not found else WELL


def _target(address: str) -> Target:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        msg = f"{address}: an address is HOST:PORT"
        raise ValueError(msg)
    return Target("", host.strip("[]"), int(port))


def _named(state: Path) -> tuple[list[Target], Bounds]:
    """Return the ways that the platform named to the running agent of the folder."""
    if not (state / "spool.sqlite").exists():
        msg = f"no address, and {state} has no agent that was told any"
        raise ValueError(msg)
    spool = Spool(state / "spool.sqlite")
    told = spool.fact(KEPT)
    spool.close()
    if not told:
        return [], Bounds()
    targets = [Target.read(item) for item in items(told, "targets")]
    return targets, bounds_of(mapping(told, "bounds"))


def _serve(chosen: argparse.Namespace) -> int:
    """Answer probes until told to stop; 1 where the address is taken."""
    try:
        responder = Responder(chosen.host, chosen.port)
    except OSError as failure:
        log.error("%s:%d: %s", chosen.host, chosen.port, failure)  # noqa: TRY400
        return FAILED
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: responder.stop())
    log.info("answering probes at %s:%d", *responder.address)
    responder.serve()
    return WELL
