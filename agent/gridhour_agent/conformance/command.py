"""`gridhour-agent conform`: run the suite against a platform, or serve the reference platform."""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from gridhour_agent.client import Doors
from gridhour_agent.conformance.checks import CHECKS
from gridhour_agent.conformance.reference import Reference, serving
from gridhour_agent.conformance.suite import Skipped, Subject, run

HOLDS, BROKEN, INCOMPLETE = 0, 1, 2


def add_conform(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command to the agent's own."""
    conform = commands.add_parser("conform", help="check a platform against the protocol")
    conform.add_argument("url", nargs="?", help="the platform; none with --serve")
    conform.add_argument("--code", help="one enrolment code of a site used for nothing else")
    conform.add_argument(
        "--codes-from", metavar="COMMAND", help="prints a fresh code each time it is run"
    )
    conform.add_argument("--strict", action="store_true", help="fail also where checks are skipped")
    conform.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    conform.add_argument(
        "--serve", type=int, metavar="PORT", help="serve the reference platform, to test an agent"
    )
    conform.set_defaults(act=conform_command)


def conform_command(chosen: argparse.Namespace) -> int:
    """Return 0 when all holds, 1 when something is broken, 2 when --strict and one was skipped."""
    if chosen.serve is not None:
        return _serve(chosen.serve)
    if not chosen.url:
        msg = "conform needs the platform's address, or --serve"
        raise ValueError(msg)
    if not chosen.code and not chosen.codes_from:
        msg = "conform needs an enrolment code: --code or --codes-from"
        raise ValueError(msg)
    verdicts = run(Subject(Doors(chosen.url), _codes(chosen)), CHECKS)
    counts = {
        kind: sum(one.verdict == kind for one in verdicts)
        for kind in ("holds", "broken", "skipped")
    }
    if chosen.json:
        told = {"counts": counts, "checks": [asdict(one) for one in verdicts]}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        for one in verdicts:
            why = f" ({one.why})" if one.why else ""
            sys.stdout.write(f"{one.verdict:8} {one.check:20} {one.sentence}{why}\n")
        sys.stdout.write(", ".join(f"{count} {kind}" for kind, count in counts.items()) + "\n")
    if counts["broken"]:
        return BROKEN
    return INCOMPLETE if chosen.strict and counts["skipped"] else HOLDS


def _codes(chosen: argparse.Namespace) -> Callable[[], str]:
    given = [chosen.code] if chosen.code else []

    def next_code() -> str:
        if given:
            return str(given.pop())
        if not chosen.codes_from:
            msg = "no enrolment code is left; --codes-from gives more"
            raise Skipped(msg)
        told = subprocess.run(  # noqa: S603  the caller's own command
            shlex.split(chosen.codes_from), capture_output=True, text=True, timeout=60, check=True
        )
        return told.stdout.strip()

    return next_code


def _serve(port: int) -> int:
    """Serve until interrupted; each line on standard output is a fresh code."""
    reference = Reference()
    with serving(reference, port) as url:
        sys.stdout.write(f"{url}\n{reference.new_code()}\n")
        sys.stdout.flush()
        for _line in sys.stdin:
            sys.stdout.write(f"{reference.new_code()}\n")
            sys.stdout.flush()
    return HOLDS
