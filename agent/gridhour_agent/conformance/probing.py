"""Checks of the ways to demand cities: what a platform takes of measurements."""

from datetime import timedelta
from typing import Any

from gridhour_agent.client import Refused
from gridhour_agent.conformance.joining import stranger
from gridhour_agent.conformance.suite import Broken, Skipped, Subject, refused, same
from gridhour_agent.market_time import wall_now
from gridhour_agent.probing import Measured
from gridhour_agent.reporting import Target, bounds_of, probe_message
from gridhour_agent.wire import items, mapping, whole

UNTRUE, OTHER, UNPROVED = (f"E-PROBE-0{n}" for n in (1, 2, 3))
# A round trip that is true of any two places on earth.
FOUND = Measured(20, 0, 300_000, 310_000, 100, 100, 1_000)


def probes_named(subject: Subject) -> None:
    """Which ways to measure is told with bounds that a probe may go to."""
    told = subject.in_session.call("probes")
    try:
        bounds_of(mapping(told, "bounds"))
    except ValueError as wrong:
        raise Broken(str(wrong)) from wrong
    if whole(told, "every_s") < 60:
        msg = f"every {told['every_s']} seconds"
        raise Broken(msg)
    subject.targets = [Target.read(item) for item in items(told, "targets")]


def measurement_proved(subject: Subject) -> None:
    """A measurement that the site's key did not sign is refused."""
    refused(UNPROVED, lambda: _send(subject, signer=stranger()))
    changed = Measured(20, 0, 299_999, 310_000, 100, 100, 1_000)
    refused(UNPROVED, lambda: _send(subject, changed, signed_figures=FOUND))


def measurement_true(subject: Subject) -> None:
    """A measurement that cannot be true is refused: faster than light, or from the future."""
    refused(UNTRUE, lambda: _send(subject, Measured(20, 0, 0, 0, 100, 100, 1_000)))
    refused(UNTRUE, lambda: _send(subject, Measured(20, 20, 300_000, 310_000, 0, 0, 0)))
    refused(UNTRUE, lambda: _send(subject, later=timedelta(hours=1)))


def measurement_once(subject: Subject) -> None:
    """A measurement is stored once however often it is sent; other figures for it are refused."""
    at = wall_now().isoformat()
    answers = [_send(subject, at=at).get("stored") for _ in range(2)]
    same(answers, [True, False], "stored, first and again")
    other = Measured(20, 1, 300_000, 310_000, 100, 100, 1_000)
    refused(OTHER, lambda: _send(subject, other, at=at), status=409)


def measurement_of_named(subject: Subject) -> None:
    """A way that was not named is not found."""
    try:
        _send(subject, city="nowhere")
    except Refused as refusal:
        same(refusal.status, 404, "the status")
    else:
        msg = "a measurement of an unknown way was taken"
        raise Broken(msg)


def _send(
    subject: Subject,
    found: Measured = FOUND,
    *,
    at: str = "",
    later: timedelta = timedelta(0),
    city: str = "",
    signed_figures: Measured | None = None,
    signer: Any = None,
) -> dict[str, Any]:
    if not city:
        if not subject.targets:
            msg = "no way was named"
            raise Skipped(msg)
        city = subject.targets[0].city
    at = at or (wall_now() + later).isoformat()
    message = probe_message(subject.in_session.agent, city, at, signed_figures or found)
    return subject.in_session.call(
        "measurements",
        city=city,
        measured_at=at,
        **vars(found),
        signature=(signer or subject.key).sign(message),
    )
