"""How states, hours and events of a delivery are said."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from exchange.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class StateWords:
    """How a state looks as a tag."""

    kind: str
    icon: str
    text: str | Promise


STATES = {
    "PLANNED": StateWords("", "clock", gettext_lazy("Planned")),
    "PROVISIONING": StateWords("now", "clock", gettext_lazy("Being handed over")),
    "ACCEPTED": StateWords("now", "check", gettext_lazy("Accepted")),
    "DELIVERING": StateWords("ok", "check", gettext_lazy("Delivering")),
    "INTERRUPTED": StateWords("warn", "warn", gettext_lazy("Interrupted")),
    "COMPLETED": StateWords("", "check", gettext_lazy("Completed")),
    "RECALLED": StateWords("", "x", gettext_lazy("Recalled")),
    "FAILED": StateWords("danger", "x", gettext_lazy("Failed")),
}
JOB_STATES = {
    "QUEUED": StateWords("now", "clock", gettext_lazy("Queued")),
    "RUNNING": StateWords("now", "clock", gettext_lazy("Running")),
    "SUCCEEDED": StateWords("ok", "check", gettext_lazy("Succeeded")),
    "FAILED": StateWords("danger", "x", gettext_lazy("Failed")),
    "CANCELLED": StateWords("", "x", gettext_lazy("Cancelled")),
}
# What a job is, where it is not plain work.
JOB_KINDS = {
    "BATCH": "",
    "SERVICE": gettext_lazy("Service"),
    "SESSION": gettext_lazy("Session"),
}
HEALTHS = {
    "STARTING": StateWords("now", "clock", gettext_lazy("Starting")),
    "UP": StateWords("ok", "check", gettext_lazy("Up")),
    "DOWN": StateWords("danger", "x", gettext_lazy("Down")),
}
VERDICTS = {
    "PASSED": StateWords("ok", "check", gettext_lazy("Answered well")),
    "FAILED": StateWords("danger", "x", gettext_lazy("Did not answer well")),
    "UNKNOWN": StateWords("warn", "warn", gettext_lazy("The site could not be asked")),
}
AGENT_STATES = {
    "ENROLLED": StateWords("now", "clock", gettext_lazy("Enrolled")),
    "CONNECTED": StateWords("ok", "check", gettext_lazy("Connected")),
    "SUSPECT": StateWords("warn", "warn", gettext_lazy("Silent")),
    "LOST": StateWords("danger", "x", gettext_lazy("Lost")),
    "REVOKED": StateWords("", "x", gettext_lazy("Revoked")),
}
EVENTS = {
    "PLANNED": gettext_lazy("Planned"),
    "PROVISIONING": gettext_lazy("The site was asked"),
    "ACCEPTED": gettext_lazy("Acceptance test passed"),
    "DELIVERING": gettext_lazy("Delivering"),
    "INTERRUPTED": gettext_lazy("Interrupted"),
    "COMPLETED": gettext_lazy("Completed"),
    "SUBSTITUTE_SOUGHT": gettext_lazy("A substitute is sought"),
    "REPLACED": gettext_lazy("Replaced"),
    "UNCOVERED": gettext_lazy("Not replaced"),
    "SUBSTITUTE_FOR": gettext_lazy("Bought as a substitute"),
    "RECALL_ASKED": gettext_lazy("The seller recalls the devices"),
    "RECALLED": gettext_lazy("Recalled"),
    "FAILED": gettext_lazy("Failed"),
    "SITE_FAILED": gettext_lazy("The site could not; it is asked again"),
    "GENERATION": gettext_lazy("Made anew under the next generation"),
}
LINK_EVENTS = {
    **EVENTS,
    "PROVISIONING": gettext_lazy("The carrier was asked"),
    "CARRIER_FAILED": gettext_lazy("The carrier could not; it is asked again"),
}

# Reasons that the house writes itself; a site's own words are shown as they came.
REASONS = (
    gettext_noop("not handed over in time"),
    gettext_noop("the delivery of the devices beside it ended early"),
    gettext_noop("no heartbeat"),
    gettext_noop("the delivery ended"),
    gettext_noop("lost with the hand-over"),
    gettext_noop("cancelled"),
    gettext_noop("time limit"),
    gettext_noop("memory limit"),
    gettext_noop("preempted"),
    gettext_noop("cannot be started"),
    gettext_noop("a member of its gang did not succeed"),
    gettext_noop("the deadline passed"),
    gettext_noop("it waited too long"),
    gettext_noop("it did not become healthy in time"),
    gettext_noop("it became unhealthy"),
    gettext_noop("the service ended by itself"),
    gettext_noop("the holder process is gone"),
    gettext_noop("the holder process does not tick"),
    gettext_noop("the devices are not healthy"),
    gettext_noop("replaced by a substitute"),
    gettext_noop("withdrawn"),
    gettext_noop("given up after 6 tries"),
    gettext_noop("the renewed hand-over failed its acceptance test"),
)


def device_hours(device_seconds: int) -> str:
    """Return device-hours with one decimal, rounded down: 158.5."""
    tenths = device_seconds * 10 // SECONDS_PER_HOUR
    return f"{tenths // 10:,}.{tenths % 10}"


def delivered_sentence(delivered: int, contracted: int, share: str) -> str:
    """Return how much of the hours so far was delivered."""
    return _("%(delivered)s of %(contracted)s device-hours delivered so far, %(share)s.") % {
        "delivered": device_hours(delivered),
        "contracted": device_hours(contracted),
        "share": share,
    }


SURVEY_TROUBLES = {
    "the scheduler has no such partition with devices": gettext_lazy(
        "The scheduler has no partition of this name with devices."
    ),
    "nothing ran in the history: accounting may be off": gettext_lazy(
        "Nothing ran in the scheduler's history: its accounting may be off."
    ),
    "fewer than two weeks of history": gettext_lazy(
        "The scheduler remembers fewer than two weeks: too few for a forecast."
    ),
    "no tariff is known for the province": gettext_lazy(
        "No electricity tariff is known for the province: no price can be proposed."
    ),
}
