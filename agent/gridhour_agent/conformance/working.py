"""Checks of work, readings and the end of an agent."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gridhour_agent.chain import Reading, link, readings_message
from gridhour_agent.client import Refused, Session
from gridhour_agent.conformance.joining import stranger
from gridhour_agent.conformance.suite import Broken, Skipped, Subject, refused, same
from gridhour_agent.market_time import QUARTER, wall_now
from gridhour_agent.wire import Command, Meter, text, whole

LEASE_LOST, CONFLICT, CLOCK_OFF, OUTPUT_GAP = (f"E-AGENT-0{n}" for n in (4, 5, 6, 7))


def leased_once(subject: Subject) -> None:
    """A command is leased to one taker at a time."""
    subject.leased = {command.kind: command for command in subject.lease()}
    again = {command.command for command in subject.lease()}
    twice = again & {command.command for command in subject.leased.values()}
    if twice:
        msg = f"commands {sorted(twice)} were leased twice"
        raise Broken(msg)


def lost_given_again(subject: Subject) -> None:
    """What was given and is not held is given again at once, under a higher lease."""
    before = _any(subject)
    others = [one.command for one in subject.leased.values() if one.command != before.command]
    again = {command.command: command for command in subject.lease(holding=others)}
    if set(again) & set(others):
        msg = f"commands {sorted(set(again) & set(others))} are held and were given again"
        raise Broken(msg)
    after = again.get(before.command)
    if after is None or after.lease <= before.lease:
        msg = f"after lease {before.lease}: {after}"
        raise Broken(msg)
    subject.leased[after.kind] = after


def session_frees(subject: Subject) -> None:
    """A new session is given the commands of the one before, under a higher lease."""
    before = _any(subject)
    subject.in_session.begin()
    subject.leased = {command.kind: command for command in subject.lease()}
    after = subject.leased.get(before.kind)
    if after is None or after.command != before.command or after.lease <= before.lease:
        msg = f"after lease {before.lease}: {after}"
        raise Broken(msg)
    refused(LEASE_LOST, lambda: subject.report(before), status=409)


def result_once(subject: Subject) -> None:
    """The same result again answers the same; another one is refused."""
    command = subject.leased.get("PROVISION") or subject.leased.get("RELEASE")
    if command is None:
        raise Skipped(NOTHING)
    for _ in range(2):
        told = subject.report(command)
        same(text(told, "state"), "DONE", "the state")
    refused(CONFLICT, lambda: subject.report(command, "FAILED", error="no"), status=409)


def acceptance_needs_figures(subject: Subject) -> None:
    """An acceptance that is done says what it measured."""
    command = subject.leased.get("ACCEPT")
    if command is None:
        raise Skipped(NOTHING)
    refused("E-AGENT-09", lambda: subject.report(command))
    measured = {
        "devices_found": whole(command.facts, "devices"),
        "gflops_per_device": whole(command.facts, "gflops_per_device"),
        "evidence": {"method": "conformance"},
    }
    same(text(subject.report(command, measured=measured), "state"), "DONE", "the state")


def output_in_order(subject: Subject) -> None:
    """Output comes piece after piece: a known piece changes nothing, a hole is refused."""
    command = subject.leased.get("RUN")
    if command is None:
        raise Skipped(NOTHING)
    subject.report(command)
    refused(OUTPUT_GAP, lambda: _output(subject, command, 5, b"world"))
    for _ in range(2):
        same(whole(_output(subject, command, 0, b"hello"), "known"), 5, "what is known")


def _output(subject: Subject, command: Command, offset: int, piece: bytes) -> dict[str, Any]:
    return subject.in_session.call(
        "outputs",
        handover=command.handover,
        job=command.job,
        offset=offset,
        piece=base64.b64encode(piece).decode(),
    )


def chain_checked(subject: Subject) -> None:
    """A head that does not follow, or is not signed by the key, is refused."""
    meter = subject.meter()
    one = [Reading(meter.read_until, 1)]
    refused("E-READING-03", lambda: _send(subject, meter, one, head="0" * 64))
    head = link(meter.head, meter.length + 1, one[0])
    forged = stranger().sign(readings_message(meter.chain, head))
    refused("E-READING-04", lambda: _send(subject, meter, one, signature=forged))


def chain_own(subject: Subject) -> None:
    """A chain that is not of this site is not found."""
    try:
        _send(subject, replace(_some_meter(), chain="gh-NONE-0"), [Reading(wall_now(), 1)])
    except Refused as refusal:
        same(refusal.status, 404, "the status")
    else:
        msg = "readings of an unknown chain were taken"
        raise Broken(msg)


def clock_right(subject: Subject) -> None:
    """Readings of an agent whose clock is off by minutes wait."""
    meter = subject.meter()
    subject.beat(sent_at=(wall_now() + timedelta(minutes=2)).isoformat())
    try:
        refused(CLOCK_OFF, lambda: _send(subject, meter, [Reading(meter.read_until, 1)]))
    finally:
        subject.beat()


def readings_once(subject: Subject) -> None:
    """A batch is stored once however often it is sent, and overlaps add what is new."""
    meter = subject.meter()
    two = [Reading(meter.read_until, 1), Reading(meter.read_until + QUARTER, 1)]
    same(whole(_send(subject, meter, two[:1]), "stored"), 1, "what was stored")
    told = _send(subject, meter, two)
    same((whole(told, "stored"), whole(told, "known")), (1, 1), "stored and known")
    again = _send(subject, meter, two)
    same((whole(again, "stored"), whole(again, "known")), (0, 2), "stored and known")


def reading_kept(subject: Subject) -> None:
    """Another value for a stored reading is refused."""
    meter = subject.meter()
    other = [Reading(meter.read_until, 2)]
    refused("E-READING-02", lambda: _send(subject, meter, other), status=409)


def _send(
    subject: Subject, meter: Meter, readings: Sequence[Reading], **other: str
) -> dict[str, Any]:
    head = meter.head
    for offset, reading in enumerate(readings, start=1):
        head = link(head, meter.length + offset, reading)
    body = {
        "chain": meter.chain,
        "readings": [reading.written() for reading in readings],
        "head": head,
        "signature": subject.key.sign(readings_message(meter.chain, head)),
    }
    return subject.in_session.call("readings", **(body | other))


def next_agent(subject: Subject) -> None:
    """When another agent joins the site, the one before is out at once."""
    code = subject.codes()
    other = stranger()
    before = subject.in_session
    name, _site, token = subject.doors.enrol(other, code)
    try:
        subject.beat(before)
    except Refused as refusal:
        if refusal.status not in {401, 403, 409}:
            msg = f"refused with {refusal.status}"
            raise Broken(msg) from refusal
    else:
        msg = "the earlier agent was still heard"
        raise Broken(msg)
    after = Session(subject.doors, other, name)
    after.token = token
    after.begin()
    if after.fence <= before.fence:
        msg = f"fence {after.fence} after {before.fence}"
        raise Broken(msg)


NOTHING = "no command of this kind was offered"


def _any(subject: Subject) -> Command:
    for command in subject.leased.values():
        return command
    raise Skipped(NOTHING)


def _some_meter() -> Meter:
    now = wall_now()
    return Meter("gh-NONE-0-g1", "gh-NONE-0", 1, now, now, "0" * 64, 0, now)
