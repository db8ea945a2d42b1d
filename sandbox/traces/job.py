"""A job of a trace, as demand: how many devices, how long, when asked."""

from dataclasses import dataclass

from exchange.refusal import Refused


class TraceNotUnderstood(Refused):
    """The file is of none of the formats that we read, or a row of it is broken."""

    code = "E-TRACE-01"
    field = "trace"
    sentence = "%(file)s: %(why)s"


@dataclass(frozen=True)
class DemandJob:
    """One job. `submit_s` counts from the trace's first job; chips empty means any."""

    job_id: str
    buyer: str
    submit_s: int
    devices: int
    duration_s: int
    chips: tuple[str, ...] = ()
