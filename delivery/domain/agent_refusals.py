"""What the doors of site agents refuse, each with its code."""

from exchange.refusal import Refused


class EnrolmentRefused(Refused):
    """The code was never issued, was used with another key, or is over."""

    code = "E-AGENT-01"
    field = "code"
    status = 403
    sentence = "This enrolment code is not valid, or no longer; ask for another."


class ProofRefused(Refused):
    """The signature is not the agent's over a fresh challenge that was not used before."""

    code = "E-AGENT-02"
    field = "signature"
    status = 403
    sentence = "The signature does not prove this agent's key, or its challenge is over or used."


class AgentFenced(Refused):
    """A later session of the site has begun; this one must stop."""

    code = "E-AGENT-03"
    field = "fence"
    status = 409
    sentence = "Session %(fence)s is fenced off: the site's session is %(current)s."


class LeaseLost(Refused):
    """The command was leased again, or its lease is over; the report changes nothing."""

    code = "E-AGENT-04"
    field = "lease"
    status = 409
    sentence = "Lease %(lease)s of command %(command)s is no longer in force."


class ResultConflict(Refused):
    """Another result of the same lease is stored."""

    code = "E-AGENT-05"
    field = "outcome"
    status = 409
    sentence = "Another result of command %(command)s is stored."


class ClockOff(Refused):
    """Readings of a clock that is far off are not taken."""

    code = "E-AGENT-06"
    field = "sent_at"
    status = 409
    sentence = "The agent's clock is off by %(skew_ms)s ms; readings wait until it is right."


class OutputGap(Refused):
    """Output of a job comes piece after piece."""

    code = "E-AGENT-07"
    field = "offset"
    status = 409
    sentence = "The output is known up to byte %(known)s."


class ProtocolUnknown(Refused):
    """The agent speaks a version of the protocol that this platform does not."""

    code = "E-AGENT-08"
    field = "protocol"
    sentence = "This platform speaks version %(spoken)s of the protocol."


class ResultIncomplete(Refused):
    """An acceptance that is done says what it measured."""

    code = "E-AGENT-09"
    field = "measured"
    sentence = "A test that is done says what it measured."
