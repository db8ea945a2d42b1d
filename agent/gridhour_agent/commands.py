"""`gridhour-agent enrol | run | status | probe | probe-server | conform`."""

import argparse
import fcntl
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gridhour_agent import VERSION
from gridhour_agent.agent import Agent
from gridhour_agent.client import Doors, FencedOff, Refused, Session, Unreachable, checked_url
from gridhour_agent.conformance.command import add_conform
from gridhour_agent.connector import ConnectorFailed, connector_named
from gridhour_agent.identity import Key, NotEnrolled, Place, place_in, remember_place
from gridhour_agent.probe_commands import add_probes
from gridhour_agent.spool import MAX_BYTES, Spool
from gridhour_agent.wire import WireBroken

WELL, FAILED, FENCED, BUSY = 0, 1, 3, 4
CODE_VARIABLE = "GRIDHOUR_AGENT_CODE"
log = logging.getLogger("gridhour_agent")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 on failure, 3 when fenced off, 4 when another one runs."""
    parser = argparse.ArgumentParser(prog="gridhour-agent", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True)
    enrol = commands.add_parser("enrol", help="join a site with a one-time code")
    enrol.add_argument("url")
    enrol.add_argument("--connector", default="process", help="a key, or module:Class")
    enrol.set_defaults(act=_enrol)
    run = commands.add_parser("run", help="serve the site until told to stop")
    run.add_argument("--spool-mb", type=int, default=MAX_BYTES >> 20)
    run.add_argument("--turns", type=int, default=0, help="stop after so many; 0: never")
    run.set_defaults(act=_run)
    status = commands.add_parser("status", help="how the agent is, as JSON")
    status.set_defaults(act=_status)
    for parsed in (enrol, run, status):
        parsed.add_argument("--state", type=Path, default=Path("gridhour-agent"))
    add_probes(commands)
    add_conform(commands)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return int(chosen.act(chosen))
    except FencedOff as fenced:
        log.error("another agent of this site has begun: %s", fenced)  # noqa: TRY400
        return FENCED
    except (NotEnrolled, ConnectorFailed, Unreachable, Refused, WireBroken, ValueError) as failure:
        log.error("%s: %s", type(failure).__name__, failure)  # noqa: TRY400
        return FAILED


def _enrol(chosen: argparse.Namespace) -> int:
    """Make a key, join, and remember where the agent belongs."""
    state: Path = chosen.state
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = checked_url(chosen.url)
    connector_named(chosen.connector, state)
    code = os.environ.get(CODE_VARIABLE) or sys.stdin.readline()
    key = Key.kept_in(state)
    agent, site, _token = Doors(url).enrol(key, code.strip())
    remember_place(state, Place(url, agent, site, chosen.connector))
    log.info("%s is the agent of %s", agent, site)
    return WELL


def _run(chosen: argparse.Namespace) -> int:
    """Take turns until told to stop, fenced off, or out of turns."""
    state: Path = chosen.state
    place, key = place_in(state), Key.kept_in(state)
    with _alone(state) as alone:
        if not alone:
            log.error("another agent runs on %s", state)
            return BUSY
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        session = Session(Doors(place.url), key, place.agent)
        spool = Spool(state / "spool.sqlite", chosen.spool_mb << 20)
        agent = Agent(session, connector_named(place.connector, state), spool, key)
        left = chosen.turns or sys.maxsize
        while left and not stop.is_set():
            left -= 1
            stop.wait(agent.turn() if left else 0)
        spool.close()
        session.doors.close()
    return WELL


def _status(chosen: argparse.Namespace) -> int:
    """Print place, backlog and the last turn; 1 when the last turn did not reach the platform."""
    place = place_in(chosen.state)
    spool = Spool(chosen.state / "spool.sqlite")
    last = spool.fact("last_turn")
    told = {
        "url": place.url,
        "agent": place.agent,
        "site": place.site,
        "connector": place.connector,
        "backlog_readings": spool.backlog,
        "spool_bytes": spool.used_bytes,
        "meters": [meter.handover for meter in spool.meters()],
        "last_turn": last,
    }
    spool.close()
    print(json.dumps(told, indent=1))  # noqa: T201
    return FAILED if last.get("error") or not last else WELL


@contextmanager
def _alone(state: Path) -> Iterator[bool]:
    """Hold the folder's lock; False while another process holds it."""
    with (state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
