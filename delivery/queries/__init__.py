"""What the room answers."""

from delivery.queries.agents import (
    ConnectorHealth,
    Meter,
    agent_of_token,
    agents_of,
    allocation_of_chain,
    health_of,
    meters_of,
)
from delivery.queries.allocations import (
    all_deliveries,
    allocation_for,
    delivered_share,
    delivered_shares,
    deliveries_of,
    live_process_allocations,
    totals_of,
    utilisation,
)
from delivery.queries.endpoints import Endpoint, checks_of, endpoint_of
from delivery.queries.jobs import (
    job_for,
    jobs_of,
    line_of,
    log_after,
    output_for,
    outputs_of,
    standing_of,
)
from delivery.queries.quarters import QuarterFact, quarters_of
from delivery.queries.queue import members_with_jobs
from delivery.queries.work import (
    agreements_awaiting_allocation,
    allocations_to_meter,
    allocations_to_provision,
    hours_awaiting_seal,
    running_jobs,
)

__all__ = [
    "ConnectorHealth",
    "Endpoint",
    "Meter",
    "QuarterFact",
    "agent_of_token",
    "agents_of",
    "agreements_awaiting_allocation",
    "all_deliveries",
    "allocation_for",
    "allocation_of_chain",
    "allocations_to_meter",
    "allocations_to_provision",
    "checks_of",
    "delivered_share",
    "delivered_shares",
    "deliveries_of",
    "endpoint_of",
    "health_of",
    "hours_awaiting_seal",
    "job_for",
    "jobs_of",
    "line_of",
    "live_process_allocations",
    "log_after",
    "members_with_jobs",
    "meters_of",
    "output_for",
    "outputs_of",
    "quarters_of",
    "running_jobs",
    "standing_of",
    "totals_of",
    "utilisation",
]
