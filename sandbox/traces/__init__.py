"""Read public cluster traces as demand: Philly, Alibaba GPU, Helios, or our own format."""

from sandbox.traces.job import DemandJob, TraceNotUnderstood
from sandbox.traces.read import read_trace, write_demand

__all__ = ["DemandJob", "TraceNotUnderstood", "read_trace", "write_demand"]
